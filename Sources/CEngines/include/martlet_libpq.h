// libpq of PostgreSQL 14 or newer, loaded at run time: only the functions that Martlet calls.
//
// The list is written once; the table, the loader and scripts/check-abi, which compares each line with libpq's own
// header, are made from it.
#pragma once

#include <stddef.h>

#include "martlet_load.h"

struct pg_conn;
struct pg_result;
struct pg_cancel;
/// Told a warning or notice.
typedef void (*martlet_libpq_notice)(void *argument, const char *message);

enum martlet_libpq_constant {
    MARTLET_LIBPQ_CONNECTION_OK = 0,
    MARTLET_LIBPQ_COMMAND_OK = 1,
    MARTLET_LIBPQ_TUPLES_OK = 2,
    MARTLET_LIBPQ_SINGLE_TUPLE = 9,
    MARTLET_LIBPQ_PIPELINE_SYNC = 10,
    MARTLET_LIBPQ_TRANSACTION_OPEN = 2,
    MARTLET_LIBPQ_TRANSACTION_FAILED = 3,
    MARTLET_LIBPQ_DIAG_SQLSTATE = 'C',
    MARTLET_LIBPQ_DIAG_MESSAGE = 'M',
};

// FUNCTION(result, name, arguments)
#define MARTLET_LIBPQ_FUNCTIONS(FUNCTION)                                                                              \
    FUNCTION(struct pg_conn *, PQconnectdbParams,                                                                      \
             (const char *const *keywords, const char *const *values, int expands_database))                           \
    FUNCTION(void, PQfinish, (struct pg_conn *connection))                                                             \
    FUNCTION(unsigned, PQstatus, (const struct pg_conn *connection))                                                   \
    FUNCTION(unsigned, PQtransactionStatus, (const struct pg_conn *connection))                                        \
    FUNCTION(char *, PQerrorMessage, (const struct pg_conn *connection))                                               \
    FUNCTION(const char *, PQparameterStatus, (const struct pg_conn *connection, const char *name))                    \
    FUNCTION(int, PQserverVersion, (const struct pg_conn *connection))                                                 \
    FUNCTION(martlet_libpq_notice, PQsetNoticeProcessor,                                                               \
             (struct pg_conn *connection, martlet_libpq_notice process, void *argument))                               \
    FUNCTION(int, PQconsumeInput, (struct pg_conn *connection))                                                        \
    FUNCTION(int, PQenterPipelineMode, (struct pg_conn *connection))                                                   \
    FUNCTION(int, PQpipelineSync, (struct pg_conn *connection))                                                        \
    FUNCTION(int, PQsendPrepare,                                                                                       \
             (struct pg_conn *connection, const char *name, const char *text, int count, const unsigned *types))       \
    FUNCTION(int, PQsendQueryPrepared,                                                                                 \
             (struct pg_conn *connection, const char *name, int count, const char *const *values, const int *lengths,  \
              const int *formats, int result_format))                                                                  \
    FUNCTION(int, PQsendQueryParams,                                                                                   \
             (struct pg_conn *connection, const char *text, int count, const unsigned *types,                          \
              const char *const *values, const int *lengths, const int *formats, int result_format))                   \
    FUNCTION(int, PQsetSingleRowMode, (struct pg_conn *connection))                                                    \
    FUNCTION(struct pg_result *, PQgetResult, (struct pg_conn *connection))                                            \
    FUNCTION(void, PQclear, (struct pg_result *result))                                                                \
    FUNCTION(unsigned, PQresultStatus, (const struct pg_result *result))                                               \
    FUNCTION(char *, PQresultErrorField, (const struct pg_result *result, int field))                                  \
    FUNCTION(char *, PQcmdStatus, (struct pg_result *result))                                                          \
    FUNCTION(char *, PQcmdTuples, (struct pg_result *result))                                                          \
    FUNCTION(int, PQntuples, (const struct pg_result *result))                                                         \
    FUNCTION(int, PQnfields, (const struct pg_result *result))                                                         \
    FUNCTION(char *, PQfname, (const struct pg_result *result, int column))                                            \
    FUNCTION(unsigned, PQftype, (const struct pg_result *result, int column))                                          \
    FUNCTION(char *, PQgetvalue, (const struct pg_result *result, int row, int column))                                \
    FUNCTION(int, PQgetlength, (const struct pg_result *result, int row, int column))                                  \
    FUNCTION(int, PQgetisnull, (const struct pg_result *result, int row, int column))                                  \
    FUNCTION(struct pg_cancel *, PQgetCancel, (struct pg_conn *connection))                                            \
    FUNCTION(int, PQcancel, (struct pg_cancel *cancel, char *message, int capacity))                                   \
    FUNCTION(void, PQfreeCancel, (struct pg_cancel *cancel))

#define MARTLET_MEMBER(result, name, arguments) result(*name) arguments;
/// libpq's functions, under their own names.
struct martlet_libpq {
    MARTLET_LIBPQ_FUNCTIONS(MARTLET_MEMBER)
};
#undef MARTLET_MEMBER

/// Fills the table from a file and keeps the file loaded. Returns a `martlet_load_status`; other than 0, the message
/// names the missing file or function and the table is not to be used.
int martlet_libpq_load(const char *path, struct martlet_libpq *table, char *message, size_t capacity);
