import Foundation
import MartletCore

/// Reads files of text that are small, and written by who knows whom.
enum SmallTextFile {
    /// The text of a file; `nil` where there is none.
    /// - Throws: `invalidInput` where it is no file, is larger than it may be or is not UTF-8; `storage` where it cannot be read.
    static func text(of path: String, sizeMaxBytes: Int) throws -> String? {
        let place = URL(filePath: path).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: place) else { return nil }
        let bytes: Data
        do {
            // A pipe would keep its reader waiting.
            guard try FileManager.default.attributesOfItem(atPath: place)[.type] as? FileAttributeType == .typeRegular else {
                throw MartletError(.invalidInput, "'\(path)': expected a file, found a folder or a device")
            }
            let file = try FileHandle(forReadingFrom: URL(filePath: place))
            defer { try? file.close() }  // it was only read
            bytes = try file.read(upToCount: sizeMaxBytes + 1) ?? Data()
        } catch let error as MartletError {
            throw error
        } catch {
            throw MartletError(.storage, "'\(path)' cannot be read", cause: error)
        }
        guard bytes.count <= sizeMaxBytes else { throw MartletError(.invalidInput, "'\(path)': expected at most \(sizeMaxBytes) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(path)': expected UTF-8, found other bytes")
        }
        return text
    }
}
