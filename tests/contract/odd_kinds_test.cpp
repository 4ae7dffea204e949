// SPDX-License-Identifier: BSD-3-Clause
// Tasks and actions that templates get wrong.
#include <gtest/gtest.h>
#include <unwind.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Expected;
using reactor::Options;
using reactor::Reactor;

namespace delicate {

// An iterator over 0, 1, 2 ... whose copies may throw.
class Delicate {
 public:
  using value_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::random_access_iterator_tag;
  static inline std::atomic<bool> is_breaking{false};

  Delicate() = default;
  explicit Delicate(difference_type at) : at_(at) {}
  Delicate(Delicate const& other) : at_(other.at_) {
    if (is_breaking) throw std::runtime_error("copied");
  }
  Delicate& operator=(Delicate const&) = default;

  std::size_t operator*() const { return static_cast<std::size_t>(at_); }
  std::size_t operator[](difference_type n) const { return static_cast<std::size_t>(at_ + n); }
  Delicate& operator+=(difference_type n) {
    at_ += n;
    return *this;
  }
  Delicate& operator-=(difference_type n) { return *this += -n; }
  Delicate& operator++() { return *this += 1; }
  Delicate& operator--() { return *this += -1; }
  Delicate operator++(int) { return Delicate(at_++); }
  Delicate operator--(int) { return Delicate(at_--); }
  friend Delicate operator+(Delicate const& it, difference_type n) { return Delicate(it.at_ + n); }
  friend Delicate operator+(difference_type n, Delicate const& it) { return Delicate(it.at_ + n); }
  friend Delicate operator-(Delicate const& it, difference_type n) { return Delicate(it.at_ - n); }
  friend difference_type operator-(Delicate const& a, Delicate const& b) { return a.at_ - b.at_; }
  friend auto operator<=>(Delicate const& a, Delicate const& b) { return a.at_ <=> b.at_; }
  friend bool operator==(Delicate const& a, Delicate const& b) { return a.at_ == b.at_; }

 private:
  difference_type at_ = 0;
};

struct DelicateRange {
  Delicate begin() const { return Delicate(0); }
  Delicate end() const { return Delicate(1000); }
};

}  // namespace delicate

namespace {

using delicate::Delicate;
using delicate::DelicateRange;

TEST(OddKinds, AnIteratorIsNotCopiedWhereThatCouldThrow) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  DelicateRange const tasks;
  auto const results = reactor.run(tasks, [](std::size_t i) {
    Delicate::is_breaking = i < 999;
    return i;
  });
  Delicate::is_breaking = false;
  EXPECT_EQ(results.summary().done, 1000u);
}

TEST(OddKinds, BoolsThatMustBeCopied) {
  Reactor reactor(Options{.parallelism = 2});
  auto results = reactor.run(std::list<bool>{true, false}, [](bool task) { return !task; });
  EXPECT_EQ(std::move(results).values(), (std::vector<bool>{false, true}));
}

TEST(OddKinds, AnExpectedMadeFromAnotherKeepsItsError) {
  auto const parse = [](std::size_t i) -> Expected<int> {
    if (i % 2 == 0) return reactor::unexpected("even");
    return static_cast<int>(i);
  };
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  auto const results = reactor.run(4, [&](std::size_t i) -> Expected<long> { return parse(i); });
  EXPECT_EQ(results.summary().failed, 2u);
  EXPECT_EQ(*results[3], 3);
  auto const bools = reactor.run(4, [&](std::size_t i) -> Expected<bool> { return parse(i); });
  EXPECT_EQ(bools.summary().failed, 2u) << "an Expected is no bool";
  static_assert(!std::is_convertible_v<int, Expected<std::vector<int>>>);
}

TEST(OddKinds, AConstExpectedOfSomethingMoveOnly) {
  using Pointer = std::unique_ptr<int>;
  Reactor reactor(Options{.parallelism = 2});
  auto const results = reactor.run(2, [](std::size_t i) -> Expected<Pointer> const {
    return std::make_unique<int>(static_cast<int>(i));
  });
  EXPECT_EQ(**results[1], 1);
}

struct NullWhat : std::exception {
  char const* what() const noexcept override { return nullptr; }
};

TEST(OddKinds, AnExceptionWithoutAMessage) {
  Reactor reactor(Options{.parallelism = 2});
  try {
    reactor.run(2, [](std::size_t) { throw NullWhat(); });
    FAIL();
  } catch (reactor::TaskError const& error) {
    EXPECT_NE(std::string(error.what()).find("NullWhat: (null)"), std::string::npos);
  }
}

// As another language's runtime does: what a catch (...) catches, and nobody knows what it is.
[[noreturn]] void throw_foreign() {
  auto* const thrown = new _Unwind_Exception{};
  thrown->exception_class = 0x464f524549474e00;
  thrown->exception_cleanup = [](_Unwind_Reason_Code, _Unwind_Exception* it) { delete it; };
  _Unwind_RaiseException(thrown);
  std::abort();
}

TEST(OddKinds, AnExceptionThatCppDidNotThrow) {
  Reactor reactor(Options{.parallelism = 2});
  auto const run = [&] { reactor.run(2, [](std::size_t) { throw_foreign(); }); };
  auto const call = [&] { reactor.submit([] { throw_foreign(); }).get(); };
  for (std::function<void()> const& fail : {std::function<void()>(run), {call}}) {
    try {
      fail();
      FAIL();
    } catch (reactor::TaskError const& error) {
      std::string const what = error.what();
      EXPECT_NE(what.find("an exception that C++ did not throw"), std::string::npos) << what;
      EXPECT_THROW(error.rethrow_cause(), reactor::Error);
    }
  }
}

#ifndef __clang__  // whose version 14 knows no views of this standard library
TEST(OddKinds, AnActionThatReturnsAReferenceToItsTemporaryTask) {
  std::vector<int> const numbers{1, 2, 3};
  auto const to_expected = [](int i) { return Expected<std::string>(std::string(100, "abcd"[i])); };
  Reactor reactor(Options{.parallelism = 2});
  auto const results = reactor.run(numbers | std::views::transform(to_expected), std::identity{});
  EXPECT_EQ(*results[2], std::string(100, 'd'));
}

TEST(OddKinds, AViewWhoseEndIsNoIterator) {
  std::vector<int> const numbers{1, 2, 3, 100, 5};
  auto small = numbers | std::views::take_while([](int i) { return i < 10; });
  Reactor reactor(Options{.parallelism = 2});
  auto const results = reactor.run(small, [](int i) { return i * 2; });
  int sum = 0;
  for (auto&& [task, outcome] : reactor::correlate(small, results)) sum += *outcome - task;
  EXPECT_EQ(sum, 1 + 2 + 3);
}
#endif

}  // namespace

// A namespace of a user's that has functions of the same names as the library's own.
namespace user {
struct Task {};
template <class F, class T>
int call(F&, T&&, reactor::TaskContext&) {
  return 0;
}
template <class T>
int index_tasks(T&&) {
  return 0;
}
struct Action {
  int operator()(Task const&) const { return 1; }
};

TEST(OddKinds, FunctionsOfTheUsersAreLeftAlone) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<Task> const tasks(2);
  EXPECT_EQ(*reactor.run(tasks, Action{})[0], 1);
}
// As smart pointers of some systems are: their address is that of what they hold.
template <std::size_t k_bytes>
struct Addressed {
  explicit Addressed(std::shared_ptr<int> object) : held(std::move(object)) {}
  std::shared_ptr<int>* operator&() { return &held; }
  int operator()() const { return *held; }
  int operator()(std::size_t) const { return *held; }
  std::byte more[k_bytes]{};
  std::shared_ptr<int> held;
};

template <std::size_t k_bytes>
void expect_that_none_is_left() {
  auto const object = std::make_shared<int>(7);
  {
    Reactor reactor(Options{.parallelism = 1});
    EXPECT_EQ(*reactor.submit([&] { return Addressed<k_bytes>(object); }).get().held, 7);
    EXPECT_EQ(reactor.submit(Addressed<k_bytes>(object)).get(), 7);
    EXPECT_EQ(*reactor.submit(3, Addressed<k_bytes>(object)).get()[2], 7);
    reactor.post(Addressed<k_bytes>(object));
  }
  EXPECT_EQ(object.use_count(), 1);
}

TEST(OddKinds, WhoseAddressIsAnothers) {
  expect_that_none_is_left<1>();
  expect_that_none_is_left<1000>();
}

}  // namespace user
