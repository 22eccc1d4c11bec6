// What loading a library at run time answers; the same for every library.
#pragma once

enum martlet_load_status {
    MARTLET_LOAD_DONE = 0,
    /// The file, or a library that it needs, is not there or does not load.
    MARTLET_LOAD_NO_FILE = 1,
    /// The file lacks a function: it is another library, or another version.
    MARTLET_LOAD_NO_SYMBOL = 2,
};
