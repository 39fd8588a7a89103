// Shows JSON in the messages of failed checks.
#pragma once

#include "shared/text/json.h"
#include "tests/support/catch.h"

template <>
struct Catch::StringMaker<chat::Json> {
    static std::string convert(const chat::Json& json) { return json.dump(); }
};
