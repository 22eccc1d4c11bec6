import Glibc
import MartletStore

/// A small file of an attempt's folder, which is written anew in its place, and says nothing while it is blank.
///
/// None is ever emptied. What is emptied and written anew, some file systems (ext4) begin to write to the disk when it is closed, and who
/// comes next waits for that.
enum AttemptNote {
    /// What stands where nothing is said.
    private static let blank = [UInt8(ascii: " ")]

    /// What a file of so many bytes says.
    static func saysNothing(sizeBytes: Int) -> Bool { sizeBytes <= blank.count }

    /// - Throws: `storage`; then it may say a part, or both of it and the end of what it said before.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        if try file.sizeBytes() > bytes.count { try file.truncate(to: bytes.count) }
    }

    /// Lets a file say nothing. - Throws: `storage`.
    static func clear(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0, !saysNothing(sizeBytes: Int(status.st_size)) else { return }
        try write(blank, to: path)
    }
}
