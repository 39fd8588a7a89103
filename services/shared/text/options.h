// A program's command line: options, positional arguments and subcommands. The library behind it, CLI11, is included in
// options.cpp alone, because compiling it takes seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace chat {

// Thrown by what options call: the value of this option is wrong.
struct WrongUse {
    std::string option;
    std::string problem;
};

// One that was added, to be described further.
class CommandOption {
  public:
    explicit CommandOption(CLI::Option* option) noexcept : option_(option) {}

    const CommandOption& placeholder(const char* name) const;  // what the help calls its value
    const CommandOption& required() const;
    const CommandOption& with_default() const;   // the help shows the value that the variable has now
    const CommandOption& last_counts() const;    // may be given again
    const CommandOption& all_count() const;      // may be given again
    const CommandOption& one_at_a_time() const;  // may be given again, and takes one value each time
    const CommandOption& between(std::int64_t least, std::int64_t most, bool shown_in_help) const;
    // The function returns what is wrong with a value, or nothing.
    const CommandOption& check(std::function<std::string(const std::string&)> problem_of) const;
    [[nodiscard]] bool was_given() const noexcept;

  private:
    CLI::Option* option_;
};

// What a program or a subcommand takes. Names are written "-n,--name", those of positional arguments "name". The
// variables must live until the command line was parsed.
class CommandOptions {
  public:
    explicit CommandOptions(CLI::App* app) noexcept : app_(app) {}

    CommandOption add(const std::string& names, std::string& value, const std::string& meaning) const;
    CommandOption add(const std::string& names, std::optional<std::string>& value, const std::string& meaning) const;
    CommandOption add(const std::string& names, std::vector<std::string>& values, const std::string& meaning) const;
    CommandOption add(const std::string& names, std::int64_t& value, const std::string& meaning) const;
    CommandOption add(const std::string& names, std::uint64_t& value, const std::string& meaning) const;
    CommandOption add(const std::string& names, std::optional<std::uint64_t>& value, const std::string& meaning) const;
    CommandOption add_flag(const std::string& names, bool& value, const std::string& meaning) const;
    CommandOption add_function(const std::string& names, const std::function<void(const std::string&)>& take,
                               const std::string& meaning) const;

    // Stands below the help.
    void footer(const std::string& text) const;
    // Runs when everything was read.
    void callback(const std::function<void()>& run) const;

  protected:
    CLI::App* app_;
};

class ProgramOptions : public CommandOptions {
  public:
    ProgramOptions(const std::string& name, const std::string& description);
    ~ProgramOptions();
    ProgramOptions(const ProgramOptions&) = delete;
    ProgramOptions& operator=(const ProgramOptions&) = delete;

    void help(const std::string& names, const std::string& meaning);
    void version(const std::string& names, const std::string& text, const std::string& meaning);
    void column_width(std::size_t width);  // of the names in the help; which then leaves out "REQUIRED"
    CommandOptions add_subcommand(const std::string& name, const std::string& meaning);
    void require_subcommand();        // one
    void allow_subcommand();          // none or one
    void options_after_subcommand();  // the program's options may stand there, too

    // Empty where the program goes on. Otherwise everything was printed, and the value is 0 for help and version and
    // something else for a mistake.
    [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

  private:
    std::unique_ptr<CLI::App> owned_;
};

}  // namespace chat
