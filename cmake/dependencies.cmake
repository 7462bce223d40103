# Finds what weir is built with. Arrow and DuckDB come from the system when it has them, else from
# .deps/, which tools/fetch_deps fills; everything else comes from the system's packages.
set(WEIR_DEPS_DIR ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Where tools/fetch_deps puts its files")

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(XLSXWRITER REQUIRED IMPORTED_TARGET xlsxwriter)

# What is unpacked anew is looked for anew.
foreach(name arrow duckdb)
  if(EXISTS ${WEIR_DEPS_DIR}/${name}/.stamp)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${WEIR_DEPS_DIR}/${name}/.stamp)
  endif()
endforeach()

# No version in find_package: Arrow's package accepts only its own major version, and any since
# 24 will do.
find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(Arrow_FOUND AND Parquet_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL 24)
  add_library(weir_arrow INTERFACE)
  target_link_libraries(weir_arrow INTERFACE Arrow::arrow_shared)
  add_library(weir_parquet INTERFACE)
  target_link_libraries(weir_parquet INTERFACE Parquet::parquet_shared weir_arrow)
  set(WEIR_BUNDLED_LIBRARIES "")
  message(STATUS "Arrow: system ${Arrow_VERSION}")
else()
  file(GLOB WEIR_ARROW_SO ${WEIR_DEPS_DIR}/arrow/lib/libarrow.so.*)
  file(GLOB WEIR_PARQUET_SO ${WEIR_DEPS_DIR}/arrow/lib/libparquet.so.*)
  if(NOT WEIR_ARROW_SO OR NOT WEIR_PARQUET_SO)
    message(FATAL_ERROR "Arrow is neither installed nor in ${WEIR_DEPS_DIR}; run tools/fetch_deps")
  endif()
  foreach(name arrow parquet)
    string(TOUPPER ${name} upper)
    add_library(weir_${name} SHARED IMPORTED)
    set_target_properties(weir_${name} PROPERTIES
      IMPORTED_LOCATION ${WEIR_${upper}_SO}
      INTERFACE_INCLUDE_DIRECTORIES ${WEIR_DEPS_DIR}/arrow/include)
  endforeach()
  target_link_libraries(weir_parquet INTERFACE weir_arrow)
  set(WEIR_BUNDLED_LIBRARIES ${WEIR_ARROW_SO} ${WEIR_PARQUET_SO})
  message(STATUS "Arrow: ${WEIR_ARROW_SO}")
endif()

# DuckDB is opened at run time, on first use (it would cost 15 MB in every copy); the build needs
# its header and bakes in where the library is. Header and library come from the same place.
find_path(DUCKDB_SYSTEM_INCLUDE duckdb.h)
find_library(DUCKDB_SYSTEM_LIBRARY duckdb)
if(DUCKDB_SYSTEM_INCLUDE AND DUCKDB_SYSTEM_LIBRARY)
  set(WEIR_DUCKDB_INCLUDE ${DUCKDB_SYSTEM_INCLUDE})
  set(WEIR_DUCKDB_LIBRARY ${DUCKDB_SYSTEM_LIBRARY})
else()
  set(WEIR_DUCKDB_INCLUDE ${WEIR_DEPS_DIR}/duckdb/include)
  set(WEIR_DUCKDB_LIBRARY ${WEIR_DEPS_DIR}/duckdb/lib/libduckdb.so)
  if(NOT EXISTS ${WEIR_DUCKDB_LIBRARY})
    message(FATAL_ERROR "DuckDB is neither installed nor in ${WEIR_DEPS_DIR}; run tools/fetch_deps")
  endif()
  list(APPEND WEIR_BUNDLED_LIBRARIES ${WEIR_DUCKDB_LIBRARY})
endif()
message(STATUS "DuckDB: ${WEIR_DUCKDB_LIBRARY}")
