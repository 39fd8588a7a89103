// The form of file names.
#include "shared/file_name.h"

#include "shared/text_rules.h"

namespace chat {

bool is_file_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 255;
    return !name.empty() && name.size() <= longest && name.front() != '.' &&
           name.find_first_of(std::string_view("/\t\0", 3)) == std::string_view::npos && is_clean_text(name);
}

}  // namespace chat
