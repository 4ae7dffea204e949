// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Everything is built with hidden visibility; this names what users link against.
#define REACTOR_API __attribute__((visibility("default")))
