// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "reactor/export.hpp"

namespace reactor {

// A failure that was not thrown. Made by unexpected().
class REACTOR_API Unexpected {
 public:
  explicit Unexpected(std::string message) noexcept : message_(std::move(message)) {}
  explicit Unexpected(std::exception_ptr cause) noexcept : cause_(std::move(cause)) {}

  // The exception that this stands for: the one given, or a reactor::Error with the message.
  std::exception_ptr cause() const;

 private:
  std::string message_;
  std::exception_ptr cause_;
};

// An action that returns Expected<R> reports a failure without the cost of a throw:
// `return reactor::unexpected("no such file");` or any exception object.
inline Unexpected unexpected(std::string message) {
  return Unexpected(std::move(message));
}
inline Unexpected unexpected(std::exception_ptr cause) {
  return Unexpected(std::move(cause));
}

namespace detail {
// What may be turned into text is a message, unless it is an exception all the same.
template <class T>
concept Message =
    (std::is_convertible_v<T, std::string> ||
     std::is_convertible_v<T, std::string_view>)&&!std::derived_from<std::remove_cvref_t<T>,
                                                                     std::exception>;
}  // namespace detail

template <detail::Message M>
  requires(!std::is_convertible_v<M, std::string>)
Unexpected unexpected(M&& message) {
  std::string_view const text = std::forward<M>(message);
  return Unexpected(std::string(text));
}
template <class E>
  requires(!detail::Message<E> && !std::same_as<std::remove_cvref_t<E>, std::exception_ptr>)
Unexpected unexpected(E&& exception) {
  return Unexpected(std::make_exception_ptr(std::forward<E>(exception)));
}

template <class R>
class Expected;

namespace detail {
template <class>
inline constexpr bool k_is_expected = false;
template <class R>
inline constexpr bool k_is_expected<Expected<R>> = true;

template <class T>
struct UnwrapExpected {
  using Result = T;
};
template <class R>
struct UnwrapExpected<Expected<R>> {
  using Result = R;
};
}  // namespace detail

// A value, or the reason why there is none. R may be void.
template <class R>
class Expected {
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
  using State = std::variant<Value, Unexpected>;

 public:
  using value_type = R;

  Expected() requires std::is_void_v<R>
  = default;

  template <class V>
    requires(!std::is_void_v<R> && std::is_constructible_v<Value, V&&> &&
             !std::is_same_v<std::remove_cvref_t<V>, Unexpected> &&
             !detail::k_is_expected<std::remove_cvref_t<V>>)
  explicit(!std::is_convertible_v<V&&, Value>) Expected(V&& value)
      : state_(std::in_place_index<0>, std::forward<V>(value)) {}

  // Of another type: the value converted, or the same reason.
  template <class U>
    requires(!std::is_void_v<R> && !std::is_void_v<U> && !std::is_same_v<R, U> &&
             std::is_convertible_v<U&&, Value>)
  Expected(Expected<U> other)
      : state_(other ? State(std::in_place_index<0>, *std::move(other))
                     : State(std::in_place_index<1>, std::move(other).error())) {}

  Expected(Unexpected error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition of these: has_value().
  Value& operator*() & noexcept { return *std::get_if<0>(&state_); }
  Value const& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  Value&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  Value* operator->() noexcept { return std::get_if<0>(&state_); }
  Value const* operator->() const noexcept { return std::get_if<0>(&state_); }

  // Precondition: !has_value().
  Unexpected& error() & noexcept { return *std::get_if<1>(&state_); }
  Unexpected&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  Unexpected const& error() const& noexcept { return *std::get_if<1>(&state_); }

 private:
  State state_;
};

}  // namespace reactor
