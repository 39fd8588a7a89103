// A program's command line: options, positional arguments and subcommands. Only options.cpp includes the library behind
// it, CLI11, because compiling it takes seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace chat {

// Thrown by the callback of an option if its value is wrong.
struct WrongUse {
    std::string option;
    std::string problem;
};

// An option that was added, for further settings.
class CommandOption {
  public:
    explicit CommandOption(CLI::Option* option) noexcept : option_(option) {}

    const CommandOption& placeholder(const char* name) const;  // the name of its value in the help
    const CommandOption& required() const;
    const CommandOption& with_default() const;   // the help shows the variable's current value
    const CommandOption& keep_last() const;      // may be given again
    const CommandOption& keep_all() const;       // may be given again
    const CommandOption& one_at_a_time() const;  // may be given again, with one value each time
    const CommandOption& between(std::int64_t least, std::int64_t most, bool shown_in_help) const;
    // The function returns the error in a value, or an empty text.
    const CommandOption& check(std::function<std::string(const std::string&)> problem_of) const;
    // By default an empty value is a mistake.
    const CommandOption& may_be_empty() const;
    [[nodiscard]] bool was_given() const noexcept;

  private:
    CLI::Option* option_;
};

// The command line of a program or subcommand. Options are named "-n,--name", positional arguments "name". The
// variables must outlive the parsing.
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
    // --name is true, --name=false is false.
    CommandOption add_flag(const std::string& names, std::optional<bool>& value, const std::string& meaning) const;
    // The function judges empty values, too.
    CommandOption add_function(const std::string& names, const std::function<void(const std::string&)>& take,
                               const std::string& meaning) const;

    // Printed below the help.
    void footer(const std::string& text) const;
    // Runs after everything is parsed.
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
    void compact();                        // the help has no blank lines; before column_width()
    void column_width(std::size_t width);  // of the names in the help, which then omits "REQUIRED"
    CommandOptions add_subcommand(const std::string& name, const std::string& meaning);
    // Its arguments may begin with a dash: only words that are exactly one of its options are options.
    void text_begins_with_anything(const std::string& subcommand);
    void require_subcommand();        // one
    void allow_subcommand();          // none or one
    void options_after_subcommand();  // accepts the program's options there, too

    // Empty: the program continues. Otherwise everything was printed, and the value is the exit status: 0 for help and
    // version, 2 for a mistake.
    [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

  private:
    [[nodiscard]] const CLI::App* find_subcommand(const std::string& name) const;

    std::unique_ptr<CLI::App> owned_;
    std::set<std::string> texts_;
};

}  // namespace chat
