import MartletCore
import MartletStore

#if canImport(Glibc)
import Glibc
#endif

/// The two files by which a server shows who it is.
package struct TLSFiles: Sendable, Hashable {
    /// No file of the two may be larger, in bytes.
    static let sizeMaxBytes = 1 << 20

    /// The path of the server's certificate and of those that lead from it to a root, as PEM.
    package let certificate: String
    /// The path of the certificate's key, as PEM that is not encrypted.
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// What tells one state of the two files from another, whatever became of them; also a link that leads elsewhere is another state.
    struct Revision: Sendable, Equatable {
        private let marks: [[Int]]

        init(_ files: TLSFiles) { marks = [files.certificate, files.key].map(Self.mark) }

        private static func mark(of path: String) -> [Int] {
            guard let status = FileStatus(path) else { return [] }
            let (file, changed) = (status.value, status.value.st_ctim)
            return [
                Int(bitPattern: UInt(file.st_dev)), Int(bitPattern: UInt(file.st_ino)), Int(file.st_size), changed.tv_sec, changed.tv_nsec,
            ]
        }
    }

    /// Whether every user of this machine may read the key.
    var isKeyExposed: Bool { FileStatus(key).map { $0.value.st_mode & 0o004 != 0 } ?? false }

    /// The bytes of a file. - Throws: `invalidInput` where it cannot be read or is too large.
    static func bytes(of path: String, _ what: String) throws(MartletError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try OpenFile(path, O_RDONLY | O_NONBLOCK).read(at: 0, countMax: sizeMaxBytes + 1)
        } catch {
            throw MartletError(.invalidInput, "the TLS \(what): \((error as? MartletError)?.message ?? "\(error)")")
        }
        guard bytes.count <= sizeMaxBytes else {
            throw MartletError(.invalidInput, "the TLS \(what) '\(path)' is larger than \(sizeMaxBytes) bytes; name a file of PEM")
        }
        return bytes
    }
}

/// What the file system says of a path, links followed.
private struct FileStatus {
    let value: stat

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        value = status
    }
}
