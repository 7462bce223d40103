// PostgreSQL 12 and newer as a source: COPY BINARY of slices by several connections under one
// exported snapshot.
#pragma once

#include "core/registry.h"

namespace weir {

// Handles postgresql:// and postgres:// URIs and libpq keyword strings ("host=... dbname=...").
SourceKind PostgresSource();

}  // namespace weir
