import Foundation
import Testing

@Suite struct NamingTests {
    @Test func `no file or folder has a name that says nothing`() async throws {
        for path in try await SourceTree.paths() {
            for part in path.split(separator: "/") {
                let says = !part.contains(/(?:Utils?|Utilities|Helpers?|Managers?|Common|Misc|Stuff)(?:[.+_-]|$)/)
                #expect(says, "\(path)")
            }
        }
    }

    @Test func `every target has tests of its own`() async throws {
        let paths = try await SourceTree.paths()
        let targets = Set(paths.filter { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") }.map { $0.split(separator: "/")[1] })
        for target in targets.subtracting(["martlet", "MartletTesting"]).sorted() {
            let tests = paths.filter { $0.hasPrefix("Tests/\(target)Tests/") && $0.hasSuffix("Tests.swift") }
            #expect(!tests.isEmpty, "\(target)")
        }
    }

    @Test func `a file of tests lies in a folder that its subject has too`() async throws {
        let paths = try await SourceTree.paths()
        let folders = Set(paths.filter { $0.hasPrefix("Sources/") }.map { ($0 as NSString).deletingLastPathComponent.dropFirst(8) })
        for path in paths where path.hasPrefix("Tests/Martlet") && path.hasSuffix("Tests.swift") {
            let folder = (path as NSString).deletingLastPathComponent.dropFirst(6).replacing("Tests", with: "")
            #expect(folders.contains(folder[...]), "\(path)")
        }
    }
}
