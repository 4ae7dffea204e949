// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace reactor::model {

// Thrown by a modelled task that ends its thread, as pthread_exit would.
struct ThreadEnds {};

}  // namespace reactor::model
