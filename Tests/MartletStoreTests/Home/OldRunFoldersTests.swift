import Foundation
import MartletCore
import Testing

@testable import MartletStore

@Suite struct OldRunFoldersTests {
    private let folder: TemporaryFolder
    private let home: Home
    private let now = Timestamp.now

    init() throws {
        folder = try TemporaryFolder()
        home = try folder.preparedHome()
    }

    /// Makes a folder of the home with a file, both so old.
    private func make(_ name: String, days: Double, fileDays: Double? = nil) throws {
        let path = "\(home.path)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("1234".utf8).write(to: URL(filePath: "\(path)/file"))
        for (path, days) in [("\(path)/file", fileDays ?? days), (path, days)] {
            let time = Date(timeIntervalSinceNow: -days * 86_400)
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        }
    }

    @Test func `what nothing was put into for long goes, and nothing else`() throws {
        try make("logs/old", days: 31)
        try make("logs/young", days: 29)
        try make("logs/written", days: 31, fileDays: 1)
        try make("attempts/0a", days: 40)
        try make("checkpoints/0b", days: 40)
        try make("blobs/0c", days: 400)
        let old = OldRunFolders(home: home)
        let found = try old.folders(before: now - OldRunFolders.ageMax)
        #expect(found.map(\.path) == ["logs/old", "attempts/0a", "checkpoints/0b"].map { "\(home.path)/\($0)" })
        #expect(found.map(\.sizeBytes) == [4, 4, 4])
        try old.remove(found)
        try old.remove(found)
        #expect(try old.folders(before: now - OldRunFolders.ageMax).isEmpty)
        #expect(try folder.names(in: "home/logs") == ["written", "young"])
        #expect(try folder.names(in: "home/blobs") == ["0c"])
    }

    @Test func `a home in which nothing ran has none`() throws {
        #expect(try OldRunFolders(home: home).folders(before: now).isEmpty)
    }
}
