// Colours for keys: see palette.h.
#include "client/talk/palette.h"

#include <algorithm>

namespace chat {

std::size_t Palette::of(std::string_view key, std::string_view wish) {
    if (const auto known = colours_.find(key); known != colours_.end()) return known->second;
    std::size_t sum = 0;
    for (const char c : wish) sum = sum * 31 + static_cast<unsigned char>(c);
    std::size_t chosen = sum % uses_.size();
    for (std::size_t i = 1; i < uses_.size() && uses_[chosen] > 0; ++i) {
        const std::size_t other = (sum + i) % uses_.size();
        if (uses_[other] < uses_[chosen]) chosen = other;
    }
    if (colours_.size() >= most) release(std::string(colours_.begin()->first));
    ++uses_[chosen];
    colours_.emplace(key, chosen);
    return chosen;
}

void Palette::release(std::string_view key) {
    const auto known = colours_.find(key);
    if (known == colours_.end()) return;
    --uses_[known->second];
    colours_.erase(known);
}

void Palette::clear() {
    std::fill(uses_.begin(), uses_.end(), 0);
    colours_.clear();
}

}  // namespace chat
