// DuckDB 2.0's first C interface, loaded at run time: only the functions that Martlet calls.
//
// The lists are written once; the table, the loader and scripts/check-abi, which compares each line with DuckDB's own
// header, are made from them. Handles have DuckDB's struct tags, so that their types are the same in both headers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "martlet_load.h"

struct _duckdb_database;
struct _duckdb_config;
struct _duckdb_connection;
struct _duckdb_extracted_statements;
struct _duckdb_prepared_statement;
struct _duckdb_data_chunk;
struct _duckdb_vector;
struct _duckdb_appender;
struct _duckdb_error_data;
struct _duckdb_logical_type;
struct _duckdb_scalar_function;
struct _duckdb_function_info;

/// DuckDB's `duckdb_result`; its members are not for reading.
struct martlet_duckdb_result {
    uint64_t counts[3];
    void *columns;
    char *message;
    void *state;
};

/// DuckDB's `duckdb_string_t`: up to 12 bytes lie inside, longer texts behind the pointer.
struct martlet_duckdb_string {
    uint32_t length;
    char prefix[4];
    const char *text;
};

enum martlet_duckdb_limit {
    MARTLET_DUCKDB_INLINE_LENGTH_MAX = 12,
};

// TYPE(name, number): the values of DuckDB's enum DUCKDB_TYPE that Martlet tells apart.
#define MARTLET_DUCKDB_TYPES(TYPE)                                                                                     \
    TYPE(INVALID, 0)                                                                                                   \
    TYPE(BOOLEAN, 1)                                                                                                   \
    TYPE(TINYINT, 2)                                                                                                   \
    TYPE(SMALLINT, 3)                                                                                                  \
    TYPE(INTEGER, 4)                                                                                                   \
    TYPE(BIGINT, 5)                                                                                                    \
    TYPE(UTINYINT, 6)                                                                                                  \
    TYPE(USMALLINT, 7)                                                                                                 \
    TYPE(UINTEGER, 8)                                                                                                  \
    TYPE(UBIGINT, 9)                                                                                                   \
    TYPE(FLOAT, 10)                                                                                                    \
    TYPE(DOUBLE, 11)                                                                                                   \
    TYPE(HUGEINT, 16)                                                                                                  \
    TYPE(VARCHAR, 17)                                                                                                  \
    TYPE(DECIMAL, 19)                                                                                                  \
    TYPE(UHUGEINT, 32)                                                                                                 \
    TYPE(BIGNUM, 35)

#define MARTLET_CONSTANT(name, number) MARTLET_DUCKDB_TYPE_##name = number,
enum martlet_duckdb_type { MARTLET_DUCKDB_TYPES(MARTLET_CONSTANT) };
#undef MARTLET_CONSTANT

enum martlet_duckdb_statement {
    MARTLET_DUCKDB_STATEMENT_SELECT = 1,
};

// FUNCTION(result, name, arguments); DuckDB's enums are `unsigned`, its idx_t is `uint64_t`.
#define MARTLET_DUCKDB_FUNCTIONS(FUNCTION)                                                                             \
    FUNCTION(const char *, duckdb_library_version, (void))                                                             \
    FUNCTION(void, duckdb_free, (void *memory))                                                                        \
    FUNCTION(unsigned, duckdb_create_config, (struct _duckdb_config **made))                                           \
    FUNCTION(unsigned, duckdb_set_config,                                                                              \
             (struct _duckdb_config *config, const char *name, const char *value))                                     \
    FUNCTION(void, duckdb_destroy_config, (struct _duckdb_config **config))                                            \
    FUNCTION(unsigned, duckdb_open_ext,                                                                                \
             (const char *path, struct _duckdb_database **made,                                                        \
              struct _duckdb_config *config, char **message))                                                          \
    FUNCTION(void, duckdb_close, (struct _duckdb_database **database))                                                 \
    FUNCTION(unsigned, duckdb_connect,                                                                                 \
             (struct _duckdb_database *database, struct _duckdb_connection **made))                                    \
    FUNCTION(void, duckdb_disconnect, (struct _duckdb_connection **connection))                                        \
    FUNCTION(void, duckdb_interrupt, (struct _duckdb_connection *connection))                                          \
    FUNCTION(uint64_t, duckdb_extract_statements,                                                                      \
             (struct _duckdb_connection *connection, const char *sql,                                                  \
              struct _duckdb_extracted_statements **made))                                                             \
    FUNCTION(const char *, duckdb_extract_statements_error,                                                            \
             (struct _duckdb_extracted_statements *statements))                                                        \
    FUNCTION(void, duckdb_destroy_extracted, (struct _duckdb_extracted_statements **statements))                       \
    FUNCTION(unsigned, duckdb_prepare_extracted_statement,                                                             \
             (struct _duckdb_connection *connection, struct _duckdb_extracted_statements *statements,                  \
              uint64_t index, struct _duckdb_prepared_statement **made))                                               \
    FUNCTION(const char *, duckdb_prepare_error, (struct _duckdb_prepared_statement *statement))                       \
    FUNCTION(void, duckdb_destroy_prepare, (struct _duckdb_prepared_statement **statement))                            \
    FUNCTION(uint64_t, duckdb_nparams, (struct _duckdb_prepared_statement *statement))                                 \
    FUNCTION(unsigned, duckdb_bind_null, (struct _duckdb_prepared_statement *statement, uint64_t position))            \
    FUNCTION(unsigned, duckdb_bind_boolean,                                                                            \
             (struct _duckdb_prepared_statement *statement, uint64_t position, bool value))                            \
    FUNCTION(unsigned, duckdb_bind_int64,                                                                              \
             (struct _duckdb_prepared_statement *statement, uint64_t position, int64_t value))                         \
    FUNCTION(unsigned, duckdb_bind_double,                                                                             \
             (struct _duckdb_prepared_statement *statement, uint64_t position, double value))                          \
    FUNCTION(unsigned, duckdb_bind_varchar_length,                                                                     \
             (struct _duckdb_prepared_statement *statement, uint64_t position, const char *text, uint64_t length))     \
    FUNCTION(unsigned, duckdb_prepared_statement_type, (struct _duckdb_prepared_statement *statement))                 \
    FUNCTION(uint64_t, duckdb_prepared_statement_column_count, (struct _duckdb_prepared_statement *statement))         \
    FUNCTION(const char *, duckdb_prepared_statement_column_name,                                                      \
             (struct _duckdb_prepared_statement *statement, uint64_t column))                                          \
    FUNCTION(unsigned, duckdb_prepared_statement_column_type,                                                          \
             (struct _duckdb_prepared_statement *statement, uint64_t column))                                          \
    FUNCTION(unsigned, duckdb_execute_prepared,                                                                        \
             (struct _duckdb_prepared_statement *statement, struct martlet_duckdb_result *result))                     \
    FUNCTION(unsigned, duckdb_execute_prepared_streaming,                                                              \
             (struct _duckdb_prepared_statement *statement, struct martlet_duckdb_result *result))                     \
    FUNCTION(const char *, duckdb_result_error, (struct martlet_duckdb_result *result))                                \
    FUNCTION(void, duckdb_destroy_result, (struct martlet_duckdb_result *result))                                      \
    FUNCTION(uint64_t, duckdb_column_count, (struct martlet_duckdb_result *result))                                    \
    FUNCTION(const char *, duckdb_column_name, (struct martlet_duckdb_result *result, uint64_t column))                \
    FUNCTION(unsigned, duckdb_column_type, (struct martlet_duckdb_result *result, uint64_t column))                    \
    FUNCTION(struct _duckdb_data_chunk *, duckdb_fetch_chunk, (struct martlet_duckdb_result result))                   \
    FUNCTION(void, duckdb_destroy_data_chunk, (struct _duckdb_data_chunk **chunk))                                     \
    FUNCTION(uint64_t, duckdb_data_chunk_get_size, (struct _duckdb_data_chunk *chunk))                                 \
    FUNCTION(struct _duckdb_vector *, duckdb_data_chunk_get_vector,                                                    \
             (struct _duckdb_data_chunk *chunk, uint64_t column))                                                      \
    FUNCTION(void *, duckdb_vector_get_data, (struct _duckdb_vector *vector))                                          \
    FUNCTION(uint64_t *, duckdb_vector_get_validity, (struct _duckdb_vector *vector))                                  \
    FUNCTION(unsigned, duckdb_appender_create,                                                                         \
             (struct _duckdb_connection *connection, const char *schema, const char *table,                            \
              struct _duckdb_appender **made))                                                                         \
    FUNCTION(uint64_t, duckdb_appender_column_count, (struct _duckdb_appender *appender))                              \
    FUNCTION(struct _duckdb_error_data *, duckdb_appender_error_data,                                                  \
             (struct _duckdb_appender *appender))                                                                      \
    FUNCTION(const char *, duckdb_error_data_message, (struct _duckdb_error_data *error))                              \
    FUNCTION(void, duckdb_destroy_error_data, (struct _duckdb_error_data **error))                                     \
    FUNCTION(unsigned, duckdb_append_null, (struct _duckdb_appender *appender))                                        \
    FUNCTION(unsigned, duckdb_append_bool, (struct _duckdb_appender *appender, bool value))                            \
    FUNCTION(unsigned, duckdb_append_int64, (struct _duckdb_appender *appender, int64_t value))                        \
    FUNCTION(unsigned, duckdb_append_double, (struct _duckdb_appender *appender, double value))                        \
    FUNCTION(unsigned, duckdb_append_varchar_length,                                                                   \
             (struct _duckdb_appender *appender, const char *text, uint64_t length))                                   \
    FUNCTION(unsigned, duckdb_appender_end_row, (struct _duckdb_appender *appender))                                   \
    FUNCTION(unsigned, duckdb_appender_close, (struct _duckdb_appender *appender))                                     \
    FUNCTION(unsigned, duckdb_appender_destroy, (struct _duckdb_appender **appender))                                  \
    FUNCTION(struct _duckdb_logical_type *, duckdb_create_logical_type, (unsigned type))                               \
    FUNCTION(struct _duckdb_logical_type *, duckdb_create_struct_type,                                                 \
             (struct _duckdb_logical_type **types, const char **names, uint64_t count))                                \
    FUNCTION(void, duckdb_destroy_logical_type, (struct _duckdb_logical_type **type))                                  \
    FUNCTION(uint64_t, duckdb_data_chunk_get_column_count, (struct _duckdb_data_chunk *chunk))                         \
    FUNCTION(struct _duckdb_vector *, duckdb_struct_vector_get_child,                                                  \
             (struct _duckdb_vector *vector, uint64_t position))                                                       \
    FUNCTION(struct _duckdb_scalar_function *, duckdb_create_scalar_function, (void))                                  \
    FUNCTION(void, duckdb_destroy_scalar_function, (struct _duckdb_scalar_function **function))                        \
    FUNCTION(void, duckdb_scalar_function_set_name, (struct _duckdb_scalar_function *function, const char *name))      \
    FUNCTION(void, duckdb_scalar_function_add_parameter,                                                               \
             (struct _duckdb_scalar_function *function, struct _duckdb_logical_type *type))                            \
    FUNCTION(void, duckdb_scalar_function_set_return_type,                                                             \
             (struct _duckdb_scalar_function *function, struct _duckdb_logical_type *type))                            \
    FUNCTION(void, duckdb_scalar_function_set_special_handling, (struct _duckdb_scalar_function *function))            \
    FUNCTION(void, duckdb_scalar_function_set_volatile, (struct _duckdb_scalar_function *function))                    \
    FUNCTION(void, duckdb_scalar_function_set_extra_info,                                                              \
             (struct _duckdb_scalar_function *function, void *info, void (*destroy)(void *info)))                      \
    FUNCTION(void, duckdb_scalar_function_set_function,                                                                \
             (struct _duckdb_scalar_function *function,                                                                \
              void (*call)(struct _duckdb_function_info *info, struct _duckdb_data_chunk *input,                       \
                           struct _duckdb_vector *output)))                                                            \
    FUNCTION(unsigned, duckdb_register_scalar_function,                                                                \
             (struct _duckdb_connection *connection, struct _duckdb_scalar_function *function))                        \
    FUNCTION(void *, duckdb_scalar_function_get_extra_info, (struct _duckdb_function_info *info))                      \
    FUNCTION(void, duckdb_scalar_function_set_error, (struct _duckdb_function_info *info, const char *message))

#define MARTLET_MEMBER(result, name, arguments) result(*name) arguments;
/// DuckDB's functions, under their own names.
struct martlet_duckdb {
    MARTLET_DUCKDB_FUNCTIONS(MARTLET_MEMBER)
};
#undef MARTLET_MEMBER

/// Fills the table from a file and keeps the file loaded. Returns a `martlet_load_status`; other than 0, the message
/// names the missing file or function and the table is not to be used.
int martlet_duckdb_load(const char *path, struct martlet_duckdb *table, char *message, size_t capacity);
