// The main function of the unit tests with Catch2 version 2, which does not provide one.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
