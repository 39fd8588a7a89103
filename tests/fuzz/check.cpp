// Checks of the process from outside the code under test.
#include "tests/fuzz/check.h"

#include "shared/system/unique_fd.h"

#include <fcntl.h>
#include <locale.h>

#include <cuchar>

namespace chat::fuzz {
namespace {

bool is_allowed(char32_t point) {
    if (point < U' ') return point == U'\t';
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return false;  // the C library accepts these as characters
    if ((point & 0xffffU) >= 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)) return false;  // noncharacters
    for (const char32_t control : {U'\x61c', U'\x200e', U'\x200f', U'\x2028', U'\x2029'})
        if (point == control) return false;
    return (point < 0x7f || point > 0x9f) && (point < 0x202a || point > 0x202e) && (point < 0x2066 || point > 0x2069) &&
           (point < 0xe0000 || point > 0xe007f);
}

}  // namespace

bool is_printable(std::string_view text) {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    require(utf8 != nullptr, "the C library knows UTF-8");
    const locale_t before = ::uselocale(utf8);
    bool printable = true;
    std::mbstate_t state{};
    while (printable && !text.empty()) {
        char32_t point = 0;
        const std::size_t length = std::mbrtoc32(&point, text.data(), text.size(), &state);
        // 0 for NUL; more than there is for anything that is not UTF-8 or ends too early.
        printable = length > 0 && length <= text.size() && is_allowed(point);
        if (printable) text.remove_prefix(length);
    }
    ::uselocale(before);
    return printable;
}

int next_descriptor() {
    return UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)).get();
}

}  // namespace chat::fuzz
