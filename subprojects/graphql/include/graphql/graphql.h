// SPDX-License-Identifier: MIT
#pragma once

// The whole library: Schema::parse, Binder, Engine::make, Engine::execute.

#include "graphql/binder.h"   // IWYU pragma: export
#include "graphql/context.h"  // IWYU pragma: export
#include "graphql/engine.h"   // IWYU pragma: export
#include "graphql/error.h"    // IWYU pragma: export
#include "graphql/options.h"  // IWYU pragma: export
#include "graphql/schema.h"   // IWYU pragma: export
#include "graphql/value.h"    // IWYU pragma: export
