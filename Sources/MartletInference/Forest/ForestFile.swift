import Foundation
import MartletCore

/// A file that holds a forest in a library's own format.
package enum ForestFile {
    /// The largest file that is read, 1 GiB.
    package static let sizeMaxBytes = 1 << 30
    /// What is read, for messages.
    package static let formats = "LightGBM text (save_model), XGBoost JSON and UBJSON (save_model)"
}

extension Forest {
    /// Reads a forest from a file, whatever its name.
    /// - Throws: `notFound` for a path without a file, `storage` where it cannot be read, `invalidInput` above
    ///   `ForestFile.sizeMaxBytes`, `invalidInput` for a format that is not read, and whatever the format's reader throws.
    package init(contentsOf path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "forest: there is no file '\(path)'")
        }
        let bytes: Data
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw MartletError(
                    .invalidInput, "forest: expected a file, found '\(path)', which is \(isFolder.boolValue ? "a folder" : "a device")")
            }
            try Self.check(size: (attributes[.size] as? NSNumber)?.intValue ?? 0, of: "'\(path)'")
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch let error as MartletError {
            throw error
        } catch {
            throw MartletError(.storage, "forest: could not read '\(path)'", cause: error)
        }
        self = try bytes.withUnsafeBytes { try Self.read($0.bindMemory(to: UInt8.self), named: "'\(path)'") }
    }

    /// Reads a forest from a file's bytes. `what` names them in messages. - Throws: as for a file.
    package init(bytes: [UInt8], named what: String) throws {
        self = try bytes.withUnsafeBufferPointer { try Self.read($0, named: what) }
    }

    private static func check(size: Int, of what: String) throws {
        guard size <= ForestFile.sizeMaxBytes else {
            throw MartletError(
                .invalidInput, "forest: expected at most \(ForestFile.sizeMaxBytes) bytes, found \(size) in \(what); save fewer trees"
            )
        }
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>, named what: String) throws -> Forest {
        try check(size: bytes.count, of: what)
        switch ForestFormat(bytes) {
        case .lightGBMText: return try LightGBMModelReader.forest(bytes, named: what)
        case .xgboostJSON: return try XGBoostModelReader.forest(JSONDocumentReader(bytes), named: what)
        case .xgboostUBJSON: return try XGBoostModelReader.forest(UBJSONDocumentReader(bytes), named: what)
        case .other(let name, let nextStep):
            throw MartletError(.invalidInput, "\(what) is \(name); expected \(ForestFile.formats); \(nextStep)")
        }
    }
}
