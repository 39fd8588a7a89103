// Delegates everything to CLI11.
#include "shared/text/options.h"

#include "shared/text/line.h"
#include "shared/text/printable.h"
#include "shared/text/suggestion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace chat {

namespace {

// For all of them: an empty value is a mistake, such as a variable of the shell that is not set.
CLI::Option* never_empty(CLI::Option* option) {
    return option->check(
        CLI::Validator([](const std::string& value) { return value.empty() ? "the value is empty" : ""; }, ""));
}

// The library would take -1 for the largest number.
CLI::Option* not_negative(CLI::Option* option) {
    return never_empty(option)->check(CLI::Validator(
        [](const std::string& value) {
            return whole_number<std::uint64_t>(value)
                       ? std::string()
                       : "'" + value + "' is not a number from 0 to 18446744073709551615";
        },
        ""));
}

CLI::Option* whole(CLI::Option* option) {
    return never_empty(option)->check(CLI::Validator(
        [](const std::string& value) {
            const bool is_number =
                value.find_first_not_of("0123456789", value.starts_with('-') ? 1 : 0) == std::string::npos;
            return is_number ? "" : "'" + value + "' is not a number";
        },
        ""));
}

// Of every program of ours, like that of the shell's own commands.
constexpr int wrong_use_status = 2;

// The values in it may be anything.
int complain(const std::string& problem) {
    std::fprintf(stderr, "%s\nRun with --help for more information.\n", printable(problem).c_str());
    return wrong_use_status;
}

bool takes_value(const CLI::Option* option) {
    return option->get_items_expected_max() > 0;
}

// The option that `word` is exactly (`-n`, `--name`, `--name=VALUE`); null: it is none.
const CLI::Option* option_of(const CLI::App& app, const std::string& word) {
    if (word.size() < 2 || word.front() != '-') return nullptr;
    return app.get_option_no_throw(word.substr(0, word.find('=')));
}

// Options first, then `--` and everything else: a text may begin with a dash.
std::vector<std::string> with_options_first(const CLI::App& app, const CLI::App& sub, std::vector<std::string> words) {
    std::vector<std::string> options;
    std::vector<std::string> text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--") {
            text.insert(text.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        const CLI::Option* option = option_of(sub, words[i]);
        if (option == nullptr && app.get_fallthrough()) option = option_of(app, words[i]);
        if (option == nullptr) {
            text.push_back(words[i]);
            continue;
        }
        options.push_back(words[i]);
        const bool is_joined = words[i].find('=') != std::string::npos;
        if (takes_value(option) && !is_joined && i + 1 < words.size()) options.push_back(words[++i]);
    }
    options.emplace_back("--");
    options.insert(options.end(), text.begin(), text.end());
    return options;
}

// No blank lines: a help fits a screen of 24 lines.
class CompactFormatter : public CLI::Formatter {
  public:
    std::string make_group(std::string group, bool is_positional,
                           std::vector<const CLI::Option*> options) const override {
        const std::string text = CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
        return text.starts_with('\n') ? text.substr(1) : text;
    }
    std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
        std::string text = CLI::Formatter::make_subcommands(app, mode);
        if (text.ends_with('\n')) text.pop_back();
        return text.starts_with('\n') ? text.substr(1) : text;
    }
};

}  // namespace

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

const CommandOption& CommandOption::may_be_empty() const {
    option_->get_validator(0)->active(false);
    return *this;
}

bool CommandOption::was_given() const noexcept {
    return option_->count() > 0;
}

CommandOption CommandOptions::add(const std::string& names, std::string& value, const std::string& meaning) const {
    return CommandOption(never_empty(app_->add_option(names, value, meaning)));
}
CommandOption CommandOptions::add(const std::string& names, std::optional<std::string>& value,
                                  const std::string& meaning) const {
    return CommandOption(never_empty(app_->add_option(names, value, meaning)));
}
CommandOption CommandOptions::add(const std::string& names, std::vector<std::string>& values,
                                  const std::string& meaning) const {
    return CommandOption(never_empty(app_->add_option(names, values, meaning)));
}
CommandOption CommandOptions::add(const std::string& names, std::int64_t& value, const std::string& meaning) const {
    return CommandOption(whole(app_->add_option(names, value, meaning)));
}
CommandOption CommandOptions::add(const std::string& names, std::uint64_t& value, const std::string& meaning) const {
    return CommandOption(not_negative(app_->add_option(names, value, meaning)));
}
CommandOption CommandOptions::add(const std::string& names, std::optional<std::uint64_t>& value,
                                  const std::string& meaning) const {
    return CommandOption(not_negative(app_->add_option(names, value, meaning)));
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

void ProgramOptions::compact() {
    app_->formatter(std::make_shared<CompactFormatter>());
}

void ProgramOptions::column_width(std::size_t width) {
    app_->get_formatter()->label("REQUIRED", "");
    app_->get_formatter()->column_width(width);
}

CommandOptions ProgramOptions::add_subcommand(const std::string& name, const std::string& meaning) {
    return CommandOptions(app_->add_subcommand(name, meaning));
}

void ProgramOptions::text_begins_with_anything(const std::string& subcommand) {
    texts_.insert(subcommand);
}

// Null for the name of a program without subcommands. Throws for a word that is none.
const CLI::App* ProgramOptions::find_subcommand(const std::string& name) const {
    std::vector<std::string> names;
    for (const CLI::App* sub : app_->get_subcommands([](const CLI::App*) { return true; })) {
        if (sub->get_name() == name) return sub;
        names.push_back(sub->get_name());
    }
    if (names.empty()) return nullptr;
    const std::string meant = nearest(name, names);
    throw CLI::ExtrasError(
        "'" + name + "' is not a subcommand" + (meant.empty() ? "" : "; did you mean " + meant + "?"),
        CLI::ExitCodes::ExtrasError);
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
    std::vector<std::string> words(argv + 1, argv + argc);
    try {
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (words[i].starts_with('-')) {
                const CLI::Option* option = option_of(*app_, words[i]);
                if (option == nullptr || words[i] == "--") break;
                if (takes_value(option) && words[i].find('=') == std::string::npos) ++i;
                continue;
            }
            const CLI::App* sub = find_subcommand(words[i]);
            if (sub == nullptr || !texts_.contains(words[i])) break;
            const auto first = words.begin() + static_cast<std::ptrdiff_t>(i) + 1;
            std::vector<std::string> rest = with_options_first(*app_, *sub, {first, words.end()});
            words.erase(first, words.end());
            words.insert(words.end(), rest.begin(), rest.end());
            break;
        }
        std::reverse(words.begin(), words.end());
        app_->parse(std::move(words));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return complain(error.what());
        const int status = app_->exit(error);
        if (!std::cout.flush()) throw std::runtime_error("cannot write to standard output");
        return status;
    } catch (const WrongUse& wrong) {
        const CLI::ValidationError error(wrong.option, wrong.problem);
        return complain(error.what());
    }
}

}  // namespace chat
