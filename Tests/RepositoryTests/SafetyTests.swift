import Testing

@Suite struct SafetyTests {
    @Test func `no code may trap where it could throw`() async throws {
        let traps = ["try!", "as!", "fatalError("]
        for file in try await SourceTree.swiftFiles(in: "Sources")
        where file.lines.contains(where: { line in traps.contains(where: line.contains) }) {
            for (number, line) in file.code.enumerated() {
                #expect(!traps.contains(where: line.contains), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func `nothing is left for later`() async throws {
        let words = ["TO" + "DO", "FIX" + "ME"]
        for file in try await SourceTree.swiftFiles(in: "Sources", "Tests") {
            for (number, line) in file.lines.enumerated() {
                #expect(!words.contains(where: line.contains), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func `no file holds the path of a machine or the host of a registry`() async throws {
        let path = #/(?:^|[^\w)}.$*])/(?:work|root|Users|home/[a-z]\w*)/\w/#
        let host = #/https?://[\w.-]*(?:pypi|pythonhosted|debian\.org|ubuntu\.com|artifactory|nexus|mirror)[\w.-]*/#
        for file in try await SourceTree.paths() where file != "Package.resolved" {
            guard let text = try SourceTree.text(file) else { continue }
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                guard ["/work/", "/root/", "/Users/", "/home/", "http"].contains(where: line.contains) else { continue }
                #expect(!line.contains(path) && !line.contains(host), "\(file):\(number + 1)")
            }
        }
    }
}
