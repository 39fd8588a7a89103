// The fuzzers' rules without a fuzzer, for any compiler: `replay NAME SECONDS KEEP FILE…` feeds each file to the rules
// of that name, and then, for that time, randomly mutated copies of them, without coverage feedback. A finding ends the
// program and leaves its input in the file KEEP.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;
using Rules = int (*)(const std::uint8_t*, std::size_t);

constexpr std::size_t max_input = 4096;  // bytes

class Feeder {
  public:
    Feeder(Rules rules, const char* keep)
        : rules_(rules), keep_(::open(keep, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}

    void feed(const Bytes& input) const {
        if (::ftruncate(keep_, 0) != 0 || ::pwrite(keep_, input.data(), input.size(), 0) < 0) {
            std::perror("keeping an input");
            std::exit(2);
        }
        const Bytes copy(input);  // of exactly that size, so that the sanitizer sees reads past its end
        rules_(copy.data(), copy.size());
    }

  private:
    Rules rules_;
    int keep_;
};

class Changer {
  public:
    Changer(std::vector<Bytes> kept, std::uint64_t seed) : kept_(std::move(kept)), random_(seed) {}

    Bytes next() {
        Bytes input = any();
        for (std::size_t times = 1 + below(4); times > 0; --times) change(input);
        if (input.size() > max_input) input.resize(max_input);
        return input;
    }

  private:
    std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
    const Bytes& any() { return kept_[below(kept_.size())]; }

    void change(Bytes& input) {
        constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ' ', '/', '@', '#', '\\', 0xc3};
        const auto at = static_cast<std::ptrdiff_t>(below(input.size()));
        const auto some = static_cast<std::ptrdiff_t>(below(input.size() - static_cast<std::size_t>(at)));
        const auto place = input.begin() + at;
        switch (below(6)) {
            case 0:
                if (!input.empty()) *place ^= static_cast<std::uint8_t>(1U << below(8));
                break;
            case 1:
                if (!input.empty()) *place = telling[below(std::size(telling))];
                break;
            case 2:
                input.insert(place, 1 + below(8), telling[below(std::size(telling))]);
                break;
            case 3:
                input.erase(place, place + some);
                break;
            case 4: {
                const Bytes again(place, place + some);
                input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(input.size())), again.begin(),
                             again.end());
                break;
            }
            default: {
                const Bytes& other = any();
                input.resize(static_cast<std::size_t>(at));
                input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size())),
                             other.end());
            }
        }
    }

    std::vector<Bytes> kept_;
    std::mt19937_64 random_;
};

Bytes read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::fputs("replay NAME SECONDS KEEP FILE…\n", stderr);
        return 2;
    }
    const auto rules = reinterpret_cast<Rules>(::dlsym(RTLD_DEFAULT, ("fuzz_" + std::string(argv[1])).c_str()));
    if (rules == nullptr) {
        std::fprintf(stderr, "there are no rules of the name %s\n", argv[1]);
        return 2;
    }
    const Feeder feeder(rules, argv[3]);
    std::vector<Bytes> kept;
    for (int i = 4; i < argc; ++i) {
        kept.push_back(read(argv[i]));
        feeder.feed(kept.back());
    }
    const std::uint64_t seed = std::random_device{}();
    Changer changer(kept, seed);
    std::uint64_t count = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
    for (; std::chrono::steady_clock::now() < end; ++count) feeder.feed(changer.next());
    std::printf("%zu kept inputs and %llu others, no finding\n", kept.size(), static_cast<unsigned long long>(count));
    ::unlink(argv[3]);
    return 0;
}
