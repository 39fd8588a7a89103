// chatctl: the operator's program.
#include "control/arguments.h"
#include "control/commands.h"
#include "control/exit_status.h"
#include "shared/system/standard_descriptors.h"
#include "shared/text/printable.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    chat::keep_standard_descriptors();
    const chat::CommandLine command_line = chat::read_command_line(argc, argv);
    if (command_line.exit_status) return *command_line.exit_status;
    return chat::run_command(command_line.arguments);
} catch (const chat::Failure& failure) {
    std::fprintf(stderr, "chatctl: %s\n", chat::printable(failure.what()).c_str());
    return failure.exit_status();
} catch (const std::exception& error) {
    std::fprintf(stderr, "chatctl: %s\n", chat::printable(error.what()).c_str());
    return chat::exit_refused;
}
