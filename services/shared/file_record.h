// What is left of an earlier way to read the records about files: see records/file.h.
#pragma once

#include "shared/records/file.h"

namespace chat {

inline void append_upload_info(std::string& text, const UploadInfo& info) {
    (void)records::UploadOffered{.info = info}.record(text);
}
[[nodiscard]] inline std::optional<UploadInfo> take_upload_info(std::string_view text) noexcept {
    const auto offered = records::UploadOffered::of({.text = text});
    return offered ? std::optional(offered->info) : std::nullopt;
}
[[nodiscard]] inline std::optional<FileInfo> take_file_info(std::string_view& text) noexcept {
    const auto offered = records::FileOffered::of({.text = text});
    if (!offered) return std::nullopt;
    text = offered->tickets;
    return offered->file;
}
[[nodiscard]] inline std::optional<FileEndInfo> take_file_end_info(std::string_view text) noexcept {
    const auto ended = records::FileEnded::of({.text = text});
    return ended ? std::optional(ended->file) : std::nullopt;
}

}  // namespace chat
