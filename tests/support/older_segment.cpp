// older_segment INSTANCE: turns the segment of an instance, whose daemons must be down, into one of 0.1.0.
#include "tests/support/older_segment.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: older_segment INSTANCE\n", stderr);
        return 2;
    }
    try {
        const std::string name = chat::Segment::object_name(argv[1]);
        const chat::test::WriterOf01 writer(argv[1], name + ".older");
        chat::SharedMemory::rename(name + ".older", name);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "older_segment: %s\n", error.what());
        return 1;
    }
}
