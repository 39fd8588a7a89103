// Delegates everything to CLI11.
#include "shared/text/options.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace chat {

const CommandOption& CommandOption::placeholder(const char* name) const {
    option_->type_name(name);
    return *this;
}

const CommandOption& CommandOption::required() const {
    option_->required();
    return *this;
}

const CommandOption& CommandOption::with_default() const {
    option_->capture_default_str();
    return *this;
}

const CommandOption& CommandOption::keep_last() const {
    option_->take_last();
    return *this;
}

const CommandOption& CommandOption::keep_all() const {
    option_->expected(1)->take_all();
    return *this;
}

const CommandOption& CommandOption::one_at_a_time() const {
    option_->take_all()->allow_extra_args(false);
    return *this;
}

const CommandOption& CommandOption::between(std::int64_t least, std::int64_t most, bool shown_in_help) const {
    CLI::Range range(least, most);
    if (!shown_in_help) range.description("");
    option_->check(range);
    return *this;
}

const CommandOption& CommandOption::check(std::function<std::string(const std::string&)> problem_of) const {
    option_->check(std::move(problem_of));
    return *this;
}

bool CommandOption::was_given() const noexcept {
    return option_->count() > 0;
}

CommandOption CommandOptions::add(const std::string& names, std::string& value, const std::string& meaning) const {
    return CommandOption(app_->add_option(names, value, meaning));
}
CommandOption CommandOptions::add(const std::string& names, std::optional<std::string>& value,
                                  const std::string& meaning) const {
    return CommandOption(app_->add_option(names, value, meaning));
}
CommandOption CommandOptions::add(const std::string& names, std::vector<std::string>& values,
                                  const std::string& meaning) const {
    return CommandOption(app_->add_option(names, values, meaning));
}
CommandOption CommandOptions::add(const std::string& names, std::int64_t& value, const std::string& meaning) const {
    return CommandOption(app_->add_option(names, value, meaning));
}
CommandOption CommandOptions::add(const std::string& names, std::uint64_t& value, const std::string& meaning) const {
    return CommandOption(app_->add_option(names, value, meaning));
}
CommandOption CommandOptions::add(const std::string& names, std::optional<std::uint64_t>& value,
                                  const std::string& meaning) const {
    return CommandOption(app_->add_option(names, value, meaning));
}
CommandOption CommandOptions::add_flag(const std::string& names, bool& value, const std::string& meaning) const {
    return CommandOption(app_->add_flag(names, value, meaning));
}
CommandOption CommandOptions::add_flag(const std::string& names, std::optional<bool>& value,
                                       const std::string& meaning) const {
    // Counted: --name=false is -1.
    const auto take = [&value](std::int64_t count) { value = count > 0; };
    return CommandOption(app_->add_flag_function(names, take, meaning));
}
CommandOption CommandOptions::add_function(const std::string& names,
                                           const std::function<void(const std::string&)>& take,
                                           const std::string& meaning) const {
    return CommandOption(app_->add_option_function<std::string>(names, take, meaning));
}

void CommandOptions::footer(const std::string& text) const {
    app_->footer(text);
}

void CommandOptions::callback(const std::function<void()>& run) const {
    app_->callback(run);
}

ProgramOptions::ProgramOptions(const std::string& name, const std::string& description)
    : CommandOptions(nullptr), owned_(std::make_unique<CLI::App>(description, name)) {
    app_ = owned_.get();
}

ProgramOptions::~ProgramOptions() = default;

void ProgramOptions::help(const std::string& names, const std::string& meaning) {
    app_->set_help_flag(names, meaning);
}

void ProgramOptions::version(const std::string& names, const std::string& text, const std::string& meaning) {
    app_->set_version_flag(names, text, meaning);
}

void ProgramOptions::column_width(std::size_t width) {
    app_->get_formatter()->label("REQUIRED", "");
    app_->get_formatter()->column_width(width);
}

CommandOptions ProgramOptions::add_subcommand(const std::string& name, const std::string& meaning) {
    return CommandOptions(app_->add_subcommand(name, meaning));
}

void ProgramOptions::require_subcommand() {
    app_->require_subcommand(1);
}

void ProgramOptions::allow_subcommand() {
    app_->require_subcommand(0, 1);
}

void ProgramOptions::options_after_subcommand() {
    app_->fallthrough();
}

std::optional<int> ProgramOptions::parse(int argc, const char* const* argv) {
    try {
        app_->parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return app_->exit(error);
    } catch (const WrongUse& wrong) {
        return app_->exit(CLI::ValidationError(wrong.option, wrong.problem));
    }
}

}  // namespace chat
