// Who and what has which colour: one of their own while there are free ones.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Palette {
  public:
    // Beyond this number of keys some are forgotten.
    static constexpr std::size_t most = 1000;

    // Colours are numbers below `count`.
    explicit Palette(std::size_t count) : uses_(count) {}

    // The colour of `key`, from now on until release(): the one that `wish` always gets if it is free, else another
    // free one; else the one that the fewest have.
    [[nodiscard]] std::size_t of(std::string_view key, std::string_view wish);
    void release(std::string_view key);
    void clear();

  private:
    std::vector<std::size_t> uses_;  // by colour
    std::map<std::string, std::size_t, std::less<>> colours_;
};

}  // namespace chat
