// SPDX-License-Identifier: BSD-3-Clause
// What this is built with that slows everything down: a sanitizer, or counting of what is covered.
#pragma once

#if defined(__has_feature)
#define STRESS_HAS_FEATURE(feature) __has_feature(feature)
#else
#define STRESS_HAS_FEATURE(feature) 0
#endif

namespace stress {

#if defined(__SANITIZE_THREAD__) || STRESS_HAS_FEATURE(thread_sanitizer)
inline constexpr bool k_is_thread_sanitized = true;
#else
inline constexpr bool k_is_thread_sanitized = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || STRESS_HAS_FEATURE(address_sanitizer) || \
    defined(REACTOR_COUNTS_COVERAGE)
inline constexpr bool k_is_instrumented = true;
#else
inline constexpr bool k_is_instrumented = k_is_thread_sanitized;
#endif

}  // namespace stress
