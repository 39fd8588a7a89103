// The services that the server itself provides: /calc /echo /date /time.
#include "chat-acceptor/acts/perform.h"
#include "shared/records/answer.h"
#include "shared/text/calculator.h"

namespace chat {
Draft perform(const act::Calculate& act, const ActContext& /*context*/, const Asker& /*asker*/) {
    Calculation calculation = calculate(act.expression);
    if (calculation.outcome != CalculationOutcome::done)
        return Draft::refusal(calculation.outcome == CalculationOutcome::divide_by_zero ? ErrorCode::divide_by_zero
                                                                                        : ErrorCode::bad_expression,
                              std::string(explain(calculation.outcome)));
    return Draft(records::Result{}.record())
        .with_text(std::move(calculation.expression))
        .with_target(std::move(calculation.value));
}

Draft perform(const act::Echo& act, const ActContext& /*context*/, const Asker& /*asker*/) {
    return Draft(records::Echo{act.text}.record());
}

Draft perform(const act::ShowDate& /*act*/, const ActContext& /*context*/, const Asker& /*asker*/) {
    return Draft(records::Date{}.record());
}

Draft perform(const act::ShowTime& /*act*/, const ActContext& /*context*/, const Asker& /*asker*/) {
    return Draft(records::Time{}.record());
}

}  // namespace chat
