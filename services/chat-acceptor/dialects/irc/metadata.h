// Metadata (draft/metadata-3): what several commands show of it. Of the command itself: metadata.cpp.
#pragma once

#include "chat-acceptor/dialects/irc/request.h"
#include "shared/memory/metadata_table.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace chat::irc {

using MetadataRows = std::vector<const MetadataRow*>;

inline constexpr std::string_view metadata_batch = "metadata";  // the type of most batches

// Lines about one target, in a batch of this type if the client takes batches. At most one is open in an answer.
class MetadataBatch {
  public:
    // `nick`, `capabilities`: of the client, as they will be when it receives the answer. `is_open`: an earlier part of
    // the answer has opened the batch.
    MetadataBatch(const Request& request, Reply& reply, std::string_view nick, std::uint32_t capabilities,
                  std::string_view type, std::string_view target, bool is_open = false);
    MetadataBatch(const Request& request, Reply& reply, std::string_view type, std::string_view target,
                  bool is_open = false);

    // 761 for those of the keys in `mask`.
    void add(std::string_view target, const MetadataRows& rows, std::uint32_t mask = ~0U);
    // As in Reply.
    void numeric(int number, std::initializer_list<std::string_view> params, std::string_view text);
    void numeric(int number, std::initializer_list<std::string_view> params);
    void warn(std::string_view code, std::initializer_list<std::string_view> about, std::string_view text);
    void close();

  private:
    // A line of a Reply that begins with a number or a colon.
    void take(Reply line);

    Reply* reply_;
    std::string server_;
    std::string nick_;
    std::string tags_;  // empty: without a batch
};

// Has the client asked for metadata, and does the server offer it?
[[nodiscard]] bool takes_metadata(const Request& request) noexcept;
// Of members of the channel and of those who share one with the client, or watch it: who has subscribed to one of the
// keys. Without the client itself.
[[nodiscard]] std::vector<SlotId> subscribers_in(const Request& request, Room room, std::uint32_t keys);
[[nodiscard]] std::vector<SlotId> subscribers_of_client(const Request& request, std::uint32_t keys);

// The client's own, for the greeting.
void add_own_metadata(const Request& request, std::string_view nick, const IrcRow& row, Reply& reply);
// 774 for each channel of the client, and each person whom it watches, with values of these keys.
void add_later_syncs(const Request& request, std::uint32_t keys, Reply& reply);
// The values of somebody whom the client watches from now on; 774 if the answer is already too long for them.
void add_metadata_of(const Request& request, SlotId client, Reply& reply);

// After a JOIN: the client receives the values that it has subscribed to, in a part of the same step, after the names;
// `cursor`: of the part. Empty: there are none.
[[nodiscard]] std::string_view first_part_after_joining(const Request& request, Room room);
[[nodiscard]] bool is_part_after_joining(std::string_view cursor) noexcept;
[[nodiscard]] Reading part_after_joining(const Request& request, Room room, std::uint8_t next_step);
// METADATA #channel SYNC, in parts.
[[nodiscard]] Reading sync_channel(const Request& request, Room room);

}  // namespace chat::irc
