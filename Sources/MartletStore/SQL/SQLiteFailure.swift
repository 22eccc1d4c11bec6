import GRDB
import Glibc
import MartletCore

/// SQLite's failures in this module's words; statements and their values stay out of the message.
enum SQLiteFailure {
    /// What a closure returns, with a failure of GRDB or SQLite translated.
    static func translating<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw Self.error(path, error.resultCode.rawValue, error.message)
        }
    }

    /// - Parameter systemError: what the operating system said last, which tells a full disk from a broken one; 0 where that is not known.
    static func error(_ path: String, _ code: CInt, _ message: String?, systemError: CInt = 0) -> MartletError {
        let (kind, next): (MartletError.Code, String) =
            switch ResultCode(rawValue: code & 0xff) {
            case .SQLITE_BUSY, .SQLITE_LOCKED: (.locked, "another process writes; try again")
            case .SQLITE_FULL: (.full, "free some space on that disk, which deleting here needs too")
            case .SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError):
                (.full, "\(String(cString: strerror(systemError))); free some space on that disk, or raise the limit")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.corrupt, "restore it from a copy; run 'sqlite3 … .recover' on it first")
            case .SQLITE_CONSTRAINT: (.conflict, "the record contradicts another; nothing was written")
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: (.storage, "check its folder and permissions")
            case .SQLITE_MISUSE: (.unavailable, "it is closed")
            default: (.storage, "check the disk")
            }
        return MartletError(kind, "the database '\(path)': \(message ?? "SQLite error \(code)"); \(next)")
    }
}
