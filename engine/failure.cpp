// SPDX-License-Identifier: BSD-3-Clause
#include "engine/failure.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <typeinfo>

namespace reactor {

Error::~Error() = default;
OptionsError::~OptionsError() = default;
TaskError::~TaskError() = default;

TaskError::TaskError(std::string const& what, std::size_t task_index, std::size_t worker,
                     Summary const& summary)
    : Error(what), task_index_(task_index), worker_(worker), summary_(summary) {}

std::exception_ptr Unexpected::cause() const {
  return cause_ ? cause_ : std::make_exception_ptr(Error(message_));
}

namespace engine {

namespace {

std::string demangle(char const* name) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const readable(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  if (status == -1) throw std::bad_alloc();
  return status == 0 ? readable.get() : name;
}

// In a handler. The message of the exception being handled, empty for a type that carries none.
std::string current_message() {
  try {
    throw;
  } catch (std::exception const& exception) {
    return exception.what() == nullptr ? "(null)" : exception.what();
  } catch (std::string const& message) {
    return message;
  } catch (char const* message) {
    return message == nullptr ? "(null)" : message;
  } catch (int value) {
    return std::to_string(value);
  } catch (unsigned value) {
    return std::to_string(value);
  } catch (long value) {
    return std::to_string(value);
  } catch (unsigned long value) {
    return std::to_string(value);
  } catch (double value) {
    return std::to_string(value);
  } catch (...) {
    return {};
  }
}

}  // namespace

std::string describe(std::exception_ptr const& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (...) {
    std::type_info const* const type = abi::__cxa_current_exception_type();
    std::string text = type == nullptr ? "an unknown exception" : demangle(type->name());
    std::string const message = current_message();
    return message.empty() ? text : text + ": " + message;
  }
}

}  // namespace engine

namespace detail {

TaskError TaskErrorMaker::make(std::exception_ptr const& cause, std::size_t task_index,
                               std::size_t worker, std::size_t workers, Summary const& summary) {
  std::string what =
      "task " + std::to_string(task_index) + " of " + std::to_string(summary.total) +
      " failed on " +
      (worker < workers ? "worker " + std::to_string(worker) : "the calling thread") + ": " +
      engine::describe(cause);
  try {
    std::rethrow_exception(cause);
  } catch (...) {
    return TaskError(what, task_index, worker, summary);
  }
}

}  // namespace detail

}  // namespace reactor
