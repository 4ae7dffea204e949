// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace reactor {

// May a run that owns its tasks (Options::result_timeout) copy tasks, or an action, of type T that
// were not given away? A compiler cannot tell: it says yes of a vector of unique_ptr, and of
// whatever has one as a member. So no, unless T is trivially copyable, or a type of the standard
// library that is made of such. Specialize it for yours, or give them away with std::move.
template <class T>
inline constexpr bool enable_copy = std::is_trivially_copyable_v<T>;
template <class T>
inline constexpr bool enable_copy<T const> = enable_copy<T>;  // as the keys of a map are

template <class Char, class Traits, class Allocator>
inline constexpr bool enable_copy<std::basic_string<Char, Traits, Allocator>> = true;
template <class T>
inline constexpr bool enable_copy<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool enable_copy<std::weak_ptr<T>> = true;
template <class Signature>
inline constexpr bool enable_copy<std::function<Signature>> = true;
template <class T>
inline constexpr bool enable_copy<std::optional<T>> = enable_copy<T>;
template <class T, std::size_t N>
inline constexpr bool enable_copy<std::array<T, N>> = enable_copy<T>;
template <class T, class Allocator>
inline constexpr bool enable_copy<std::vector<T, Allocator>> = enable_copy<T>;
template <class First, class Second>
inline constexpr bool enable_copy<std::pair<First, Second>> =
    enable_copy<First>&& enable_copy<Second>;
template <class... T>
inline constexpr bool enable_copy<std::tuple<T...>> = (enable_copy<T> && ...);

}  // namespace reactor
