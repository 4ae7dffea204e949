// SPDX-License-Identifier: BSD-3-Clause
#include "engine/failure.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "engine/demangle.hpp"
#include "engine/install.hpp"
#include "engine/known_causes.hpp"
#include "engine/thrown.hpp"
#include "engine/traceback.hpp"

namespace reactor {

Error::~Error() = default;
OptionsError::~OptionsError() = default;
Cancelled::~Cancelled() = default;
DeadlineExceeded::~DeadlineExceeded() = default;
TaskError::~TaskError() = default;
TaskTimeout::~TaskTimeout() = default;

// What all copies share.
struct TaskError::Story {
  Story(std::exception_ptr cause, Traceback const& traceback)
      : known(std::move(cause), traceback) {}
  Story(Story const&) = delete;
  Story& operator=(Story const&) = delete;
  ~Story() { delete text.load(std::memory_order_relaxed); }

  engine::KnownCause known;
  std::atomic<std::string*> text{nullptr};  // told by the first who asks
};

TaskError::TaskError(std::string const& what, std::nested_exception const& cause,
                     Traceback traceback, std::size_t task_index, std::size_t worker,
                     Summary const& summary)
    : Error(what),
      std::nested_exception(cause),
      traceback_(std::move(traceback)),
      story_(std::make_shared<Story>(nested_ptr(), traceback_)),
      task_index_(task_index),
      worker_(worker),
      summary_(summary) {}

char const* TaskError::what() const noexcept {
  if (!detail::TracebackMaker::is_worth_telling(traceback_)) return Error::what();
  try {
    auto const* const text = engine::get_or_install<std::string>(story_->text, [this] {
      auto told = std::make_unique<std::string>(Error::what());
      // The cause's own traceback may stand before.
      bool const is_long = told->find('\n') != std::string::npos;
      *told += is_long ? "\n  thrown out of task " + std::to_string(task_index_) + "\n" : "\n";
      *told += traceback_.to_string();
      return told;
    });
    return text->c_str();
  } catch (...) {  // out of memory
    return Error::what();
  }
}

std::exception_ptr Unexpected::cause() const {
  return cause_ ? cause_ : std::make_exception_ptr(Error(message_));
}

namespace engine {

namespace {

// What std::throw_with_nested throws is of a type made of the one it was given.
std::string type_name(std::type_info const& type) {
  static constexpr std::string_view k_nested = "std::_Nested_exception<";
  std::string name = demangle(type.name());
  if (!name.starts_with(k_nested)) return name;
  std::size_t const end = name.rfind('>');
  std::string given = name.substr(k_nested.size(), end - k_nested.size());
  if (given.ends_with(' ')) given.pop_back();
  return given;
}

template <class... Numbers>
std::string message_of_number(Thrown const& thrown) {
  std::string message;
  auto const try_one = [&](auto const* number) {
    if (number != nullptr) message = std::to_string(*number);
    return number != nullptr;
  };
  (try_one(thrown.as<Numbers>()) || ...);
  return message;
}

// Empty for a type that carries none.
std::string message_of(Thrown const& thrown) {
  auto const or_null = [](char const* text) { return text == nullptr ? "(null)" : text; };
  if (auto const* const exception = thrown.as<std::exception>()) return or_null(exception->what());
  if (auto const* const message = thrown.as<std::string>()) return *message;
  if (thrown.is<char const*>()) return or_null(thrown.as<char const*>());
  return message_of_number<int, unsigned, long, unsigned long, double>(thrown);
}

// What it was thrown with, by std::throw_with_nested. A TaskError tells of its cause itself.
std::exception_ptr cause_of(Thrown const& thrown) {
  if (thrown.as<TaskError>() != nullptr) return nullptr;
  auto const* const nested = thrown.as<std::nested_exception>();
  return nested == nullptr ? nullptr : nested->nested_ptr();
}

}  // namespace

std::string name_task(std::size_t index, std::size_t total) {
  std::string name = "task " + std::to_string(index);
  if (total != 0) name += " of " + std::to_string(total);
  return name;
}

std::nested_exception hold(std::exception_ptr const& exception) {
  if (exception == nullptr) {
    return hold(std::make_exception_ptr(Error("an exception that C++ did not throw")));
  }
  if (std::current_exception() == exception) return {};
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    return {};
  }
}

std::string describe(std::exception_ptr const& exception) {
  Thrown const thrown(exception);
  std::string text = thrown.type() == nullptr ? "an unknown exception" : type_name(*thrown.type());
  std::string const message = message_of(thrown);
  if (!message.empty()) text += ": " + message;
  if (std::exception_ptr const cause = cause_of(thrown)) text += "\n  caused by " + describe(cause);
  return text;
}

}  // namespace engine

namespace detail {

namespace {

std::string thread_name(std::size_t worker, std::size_t workers) {
  return worker < workers ? "worker " + std::to_string(worker) : "the calling thread";
}

}  // namespace

TaskError TaskErrorMaker::make(std::nested_exception const& cause, Traceback traceback,
                               Task const& task, Summary const& summary) {
  if (cause.nested_ptr() == nullptr) {
    return make(engine::hold(nullptr), std::move(traceback), task, summary);
  }
  std::string what = engine::name_task(task.index, task.total) + " failed on " +
                     thread_name(task.worker, task.workers) + ": " +
                     engine::describe(cause.nested_ptr());
  return {what, cause, std::move(traceback), task.index, task.worker, summary};
}

std::unique_ptr<TaskError> TaskErrorMaker::make_timeout(Late const& late, Traceback traceback,
                                                        Task const& task, Summary const& summary) {
  auto const in_us = [](std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) +
           " us";
  };
  std::string const cause =
      "still running after " + in_us(late.ran) + ", allowed are " + in_us(late.allowed);
  std::string const what = engine::name_task(task.index, task.total) + " timed out on " +
                           thread_name(task.worker, task.workers) + ": " + cause;
  TaskError const error(what, engine::hold(std::make_exception_ptr(Error(cause))),
                        std::move(traceback), task.index, task.worker, summary);
  return std::unique_ptr<TaskError>(new TaskTimeout(error, late.ran));
}

}  // namespace detail

}  // namespace reactor
