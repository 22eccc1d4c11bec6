import Foundation
import MartletCore

/// Where the versions of one model lie.
package struct ModelSource: Sendable, Equatable {
    package let name: String
    /// A model file; a folder with one; or a folder whose folders `1`, `2`, … are the versions.
    package let path: String

    /// Makes a source.
    /// - Throws: `invalidInput` for a name that does not fit into an address.
    package init(name: String, path: String) throws {
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte), !name.hasPrefix(".") else {
            throw MartletError(
                .invalidInput,
                "model name '\(name.prefix(60))': expected 1 to 128 letters, digits, '-', '_' and '.', not beginning with '.'")
        }
        self.name = name
        self.path = path
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// The models of a repository: each of its folders is one. - Throws: `notFound` where there is no such folder.
    package static func all(in repository: String) throws -> [ModelSource] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: repository, isDirectory: &isFolder), isFolder.boolValue,
            let names = try? FileManager.default.contentsOfDirectory(atPath: repository)  // told below, by name
        else { throw MartletError(.notFound, "model repository '\(repository)': expected a folder that can be read") }
        return try names.sorted().filter { !$0.hasPrefix(".") }.compactMap { name in
            let path = "\(repository)/\(name)"
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return nil }
            return try ModelSource(name: name, path: path)
        }
    }

    /// The versions that are there now, with the path of each. - Throws: `notFound` where there is none.
    package func versions() throws -> [Int: String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "model '\(name)': there is no '\(path)'")
        }
        guard isFolder.boolValue else { return [1: path] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        let numbered = names.compactMap { name in
            Int(name).flatMap { number in number > 0 && String(number) == name ? (number, "\(path)/\(name)") : nil }
        }
        guard numbered.isEmpty else { return Dictionary(uniqueKeysWithValues: numbered) }
        return [1: path]
    }
}
