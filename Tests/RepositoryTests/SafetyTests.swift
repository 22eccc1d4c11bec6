import Testing

@Suite struct SafetyTests {
    @Test func `no code may trap where it could throw`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources") {
            for (number, line) in file.code.enumerated() {
                #expect(!line.contains(/\btry!|\bas!|\bfatalError\(/), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func `nothing is left for later`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources", "Tests") where !file.path.hasPrefix("Tests/RepositoryTests/") {
            for (number, line) in file.lines.enumerated() {
                #expect(!line.contains(/\b(?:TODO|FIXME|XXX)\b/), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func `no file holds the path of a machine or the host of a registry`() async throws {
        for path in try await SourceTree.paths() where path != "Package.resolved" {
            guard let text = try SourceTree.text(path) else { continue }
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let found = line.firstMatch(of: #/(?:^|[^\w)}.$])(/(?:work|root|Users|home/[a-z]\w*)/\w)/#)?.1
                    ?? line.firstMatch(of: /https?:\/\/[\w.-]*(?:pypi|pythonhosted|debian\.org|ubuntu\.com|artifactory|nexus|mirror)[\w.-]*/)?.0
                #expect(found == nil, "\(path):\(number + 1)")
            }
        }
    }
}
