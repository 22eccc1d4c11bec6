import Glibc
import MartletCore

extension Home {
    /// Says whose steps run here.
    private var projectPath: String { "\(path)/project" }

    /// Puts down that a project runs its steps here, whose outputs nobody else may remove.
    /// - Throws: `storage`.
    package func markAsProject(_ name: String) throws {
        guard Directory.kind(of: projectPath) == nil else { return }
        let file = TemporaryFile(in: temporaryPath)
        try Array("\(name)\n".utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: projectPath)
    }

    /// The name of the project that runs its steps here; `nil` where none did since that is put down. - Throws: `storage`.
    package func projectName() throws -> String? {
        guard Directory.kind(of: projectPath) != nil else { return nil }
        let file = try OpenFile(projectPath, O_RDONLY)
        return String(decoding: try file.read(at: 0, countMax: file.sizeBytes()).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Whether a project runs its steps here. - Throws: what opening the records throws.
    package func isProject() throws -> Bool {
        if Directory.kind(of: projectPath) != nil { return true }
        guard Directory.kind(of: databasePath) != nil else { return false }
        // Of a martlet that marked none.
        let records = try RecordStore(path: databasePath)
        let hasSteps = try records.hasOldExecutions()
        try records.close()
        return hasSteps
    }
}
