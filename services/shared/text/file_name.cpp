// The form of file names.
#include "shared/text/file_name.h"

#include "shared/text/text_rules.h"

namespace chat {

bool is_file_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= max_file_name_size && name.front() != '.' &&
           name.find_first_of(std::string_view("/\t\0", 3)) == std::string_view::npos && is_clean_text(name);
}

}  // namespace chat
