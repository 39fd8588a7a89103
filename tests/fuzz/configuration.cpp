// A configuration file of any content, and the same as an assignment on the command line: the result is settings within
// their bounds, or ConfigError.
#include "shared/system/config.h"
#include "shared/system/settings.h"
#include "shared/system/unique_fd.h"
#include "shared/text/text_rules.h"
#include "tests/fuzz/check.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace chat;
using fuzz::require;

namespace {

void check_bounds(const Config& config) {
    for (const Setting& setting : settings()) {
        if (const auto* number = std::get_if<std::int64_t Config::*>(&setting.member))
            require(config.**number >= setting.least && config.**number <= setting.most, "a number is in its range");
    }
    require(std::all_of(config.auto_join.begin(), config.auto_join.end(), is_room_name), "rooms have names of rooms");
}

void load(const ConfigSources& sources) {
    try {
        check_bounds(load_config(sources));
    } catch (const ConfigError& error) {
        require(!std::string_view(error.what()).empty(), "an error says what is wrong");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const UniqueFd file(::memfd_create("chat.toml", MFD_CLOEXEC));
    require(file && ::write(file.get(), data, size) == static_cast<ssize_t>(size), "a file can be written");
    ConfigSources from_file;
    from_file.file = "/proc/self/fd/" + std::to_string(file.get());
    from_file.file_must_exist = true;
    load(from_file);
    ConfigSources from_arguments;
    from_arguments.assignments = {std::string(reinterpret_cast<const char*>(data), size)};
    load(from_arguments);
    return 0;
}
