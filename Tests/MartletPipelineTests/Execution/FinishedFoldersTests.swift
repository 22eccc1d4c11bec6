import Foundation
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct FinishedFoldersTests {
    private static func make(_ path: String, sizeBytes: Int = 1, count: Int = 1) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/outputs", withIntermediateDirectories: true)
        for number in 0..<count { try Data(count: sizeBytes).write(to: URL(filePath: "\(path)/outputs/\(number)")) }
    }

    @Test func `a folder's name is free at once, and what was in it goes with many others`() throws {
        try withTemporaryFolder { folder in
            let finished = FinishedFolders(place: folder, countMax: 3)
            for count in [1, 2, 0, 1] {
                try Self.make("\(folder)/key")
                finished.add("\(folder)/key")
                #expect(Directory.kind(of: "\(folder)/key") == nil)
                #expect(try Directory.names(in: folder).count == count)
            }
            finished.remove()
            #expect(try Directory.names(in: folder).isEmpty)
            finished.add("\(folder)/nothing")
            #expect(try Directory.names(in: folder).isEmpty)
        }
    }

    @Test(arguments: [(FinishedFolders.sizeBytesMax + 1, 1), (1, FinishedFolders.entryCountMax)])
    func `what takes much of the disk, or is much to look through, is removed at once`(sizeBytes: Int, count: Int) throws {
        try withTemporaryFolder { folder in
            let finished = FinishedFolders(place: folder)
            try Self.make("\(folder)/key", sizeBytes: sizeBytes, count: count)
            finished.add("\(folder)/key")
            #expect(try Directory.names(in: folder).isEmpty)
        }
    }

    @Test func `a large file that is kept under another name takes no room`() throws {
        try withTemporaryFolder { folder in
            let finished = FinishedFolders(place: "\(folder)/attempts")
            try Self.make("\(folder)/attempts/key", sizeBytes: FinishedFolders.sizeBytesMax + 1)
            try FileManager.default.linkItem(atPath: "\(folder)/attempts/key/outputs/0", toPath: "\(folder)/kept")
            finished.add("\(folder)/attempts/key")
            #expect(try Directory.names(in: "\(folder)/attempts").count == 1)
        }
    }
}
