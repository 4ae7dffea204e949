// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace stress {

// Once, before any dump_all_stacks(): loads what a signal handler could not.
void prepare_stacks();

// Writes the stack of every thread of this process to stderr. Goes by SIGTRAP, which a Reactor's
// workers leave open.
void dump_all_stacks();

}  // namespace stress
