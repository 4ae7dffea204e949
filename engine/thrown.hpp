// SPDX-License-Identifier: BSD-3-Clause
// What an exception_ptr points to, asked as a catch clause would ask, but without a throw: that
// takes a microsecond or more.
#pragma once

#include <cstring>
#include <exception>
#include <type_traits>
#include <typeinfo>

namespace reactor::engine {

// Only as long as somebody has the exception_ptr.
class Thrown {
 public:
  // Of null, which is one that C++ has not thrown, nothing is known.
  explicit Thrown(std::exception_ptr const& exception) noexcept {
    if (exception == nullptr) return;
    type_ = exception.__cxa_exception_type();
    // An exception_ptr is a pointer to the object, and has nothing that says so.
    static_assert(sizeof exception == sizeof address_);
    std::memcpy(&address_, &exception, sizeof address_);
    if (is_pointer()) std::memcpy(&address_, address_, sizeof address_);
  }

  // What the unwinder shows a type_info: the object; of a pointer, what it points to, which is no
  // exception's own: others may have it.
  void* address() const noexcept { return address_; }
  bool is_own() const noexcept { return address_ != nullptr && !is_pointer(); }

  std::type_info const* type() const noexcept { return type_; }

  // Would `catch (T const&)` catch it?
  template <class T>
  bool is() const noexcept {
    void* found = nullptr;
    return is_caught_by(typeid(T), found);
  }

  // Then, what that would refer to; of a pointer type T, the pointer. Else null.
  template <class T>
  auto as() const noexcept {
    using Found = std::conditional_t<std::is_pointer_v<T>, T, T const*>;
    void* found = nullptr;
    return is_caught_by(typeid(T), found) ? static_cast<Found>(found) : nullptr;
  }

 private:
  bool is_caught_by(std::type_info const& caught, void*& found) const noexcept {
    found = address_;
    // As the personality function calls it; 1: this is not what another pointer points to.
    return type_ != nullptr && caught.__do_catch(type_, &found, 1);
  }
  bool is_pointer() const noexcept { return type_ != nullptr && type_->__is_pointer_p(); }

  std::type_info const* type_ = nullptr;
  void* address_ = nullptr;
};

}  // namespace reactor::engine
