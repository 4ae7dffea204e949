// SPDX-License-Identifier: BSD-3-Clause
#include "engine/failure.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace reactor::engine {
namespace {

template <class E>
std::string described(E exception) {
  return describe(std::make_exception_ptr(exception));
}

struct Silent {};

TEST(Describe, names_type_and_message) {
  EXPECT_EQ(described(std::runtime_error("no")), "std::runtime_error: no");
  EXPECT_EQ(described(std::string("text")), "std::string: text");
  EXPECT_EQ(described(static_cast<char const*>("text")), "char const*: text");
  EXPECT_EQ(described(static_cast<char const*>(nullptr)), "char const*: (null)");
  EXPECT_EQ(described(42), "int: 42");
  EXPECT_EQ(described(42u), "unsigned int: 42");
  EXPECT_EQ(described(-42L), "long: -42");
  EXPECT_EQ(described(42UL), "unsigned long: 42");
  EXPECT_EQ(described(0.5), "double: 0.500000");
  EXPECT_EQ(described(Silent{}), "reactor::engine::(anonymous namespace)::Silent");
}

}  // namespace
}  // namespace reactor::engine
