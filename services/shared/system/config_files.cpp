// stat and the directory.
#include "shared/system/config_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace chat {
namespace {

[[noreturn]] void fail_to_read(const std::string& path, const std::error_code& error) {
    throw ConfigError(path + ": it cannot be read: " + error.message());
}

bool is_there(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT) return false;
    fail_to_read(path, {errno, std::generic_category()});
}

}  // namespace

std::vector<std::string> configuration_files(const ConfigSources& sources) {
    std::vector<std::string> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(sources.directory, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".toml") files.push_back(entry->path().string());
    if (error && error != std::errc::no_such_file_or_directory) fail_to_read(sources.directory, error);
    std::sort(files.begin(), files.end());
    if (sources.file_must_exist || is_there(sources.file)) files.insert(files.begin(), sources.file);
    return files;
}

}  // namespace chat
