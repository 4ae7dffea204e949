// SPDX-License-Identifier: BSD-3-Clause
// What is asked of an exception has the answer that a catch clause would give.
#include "engine/thrown.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace reactor::engine {
namespace {

struct Base {
  virtual ~Base() = default;
  int number = 1;
};
struct Other {
  virtual ~Other() = default;
  int number = 2;
};
struct Derived : Other, Base {};
struct Virtual : virtual Base {
  int more = 3;
};
struct Left : Base {};
struct Right : Base {};
struct Twice : Left, Right {};
struct Private : private Base {};

// By a real throw: null if the clause does not catch it.
template <class T>
T const* caught(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (T const& object) {
    return &object;
  } catch (...) {
    return nullptr;
  }
}

template <class T, class E>
void expect_alike(E const& exception, bool is_caught) {
  std::exception_ptr const pointer = std::make_exception_ptr(exception);
  EXPECT_EQ(caught<T>(pointer) != nullptr, is_caught);
  EXPECT_EQ(Thrown(pointer).is<T>(), is_caught);
  EXPECT_EQ(Thrown(pointer).as<T>(), caught<T>(pointer));
}

TEST(Thrown, is_what_a_clause_would_catch) {
  expect_alike<Base>(Derived(), true);  // not where the object begins
  expect_alike<Base>(Virtual(), true);
  expect_alike<Base>(Twice(), false);
  expect_alike<Base>(Private(), false);
  expect_alike<Derived>(Base(), false);
  expect_alike<std::exception>(std::runtime_error("no"), true);
  expect_alike<std::string>(std::string("text"), true);
  expect_alike<int>(1, true);
  expect_alike<int>(1L, false);
}

TEST(Thrown, of_a_pointer_is_what_it_points_to) {
  Derived derived;
  Thrown const thrown(std::make_exception_ptr(&derived));
  EXPECT_TRUE(thrown.is<Base*>());
  EXPECT_EQ(thrown.as<Base*>(), &derived);
  EXPECT_EQ(thrown.as<Base const*>(), &derived);
  EXPECT_FALSE(thrown.is<Base>());
  EXPECT_EQ(thrown.address(), &derived);
  EXPECT_FALSE(thrown.is_own());
}

TEST(Thrown, may_be_a_null_pointer) {
  for (auto const& exception :
       {std::make_exception_ptr(nullptr), std::make_exception_ptr(static_cast<char*>(nullptr))}) {
    EXPECT_TRUE(Thrown(exception).is<char const*>());
    EXPECT_EQ(Thrown(exception).as<char const*>(), nullptr);
  }
}

TEST(Thrown, of_nothing_is_nothing) {
  Thrown const thrown{std::exception_ptr()};
  EXPECT_EQ(thrown.type(), nullptr);
  EXPECT_FALSE(thrown.is<std::exception>());
  EXPECT_FALSE(thrown.is_own());
}

}  // namespace
}  // namespace reactor::engine
