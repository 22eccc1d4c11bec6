/// Which steps read from which, by their names alone.
package struct StepSources: Sendable, Equatable {
    private let sources: [String: Set<String>]

    package init(_ sources: [String: Set<String>]) { self.sources = sources }

    /// All names.
    package var steps: [String] { sources.keys.sorted() }

    /// What a step reads from; nothing where it is not known.
    package subscript(step: String) -> Set<String> { sources[step] ?? [] }

    /// Steps and all that they need; a name before `/` stands for all steps behind it. All steps where none is named.
    package func needed(for names: [String]) -> Set<String> {
        guard !names.isEmpty else { return Set(sources.keys) }
        var needed: Set<String> = []
        var rest = names.flatMap { name in sources[name] == nil ? sources.keys.filter { $0.hasPrefix("\(name)/") } : [name] }
        while let name = rest.popLast() {
            if needed.insert(name).inserted { rest += self[name] }
        }
        return needed
    }

    /// Steps that read from one another in a circle, with all that read from those: none of them could begin.
    /// - Complexity: O(steps and sources).
    package var circle: [String] {
        var waits = sources.mapValues { $0.count { sources[$0] != nil } }
        var readers: [String: [String]] = [:]
        for (step, read) in sources { for source in read { readers[source, default: []].append(step) } }
        var ready = waits.filter { $0.value == 0 }.map(\.key)
        while let next = ready.popLast() {
            waits[next] = nil
            for reader in readers[next] ?? [] {
                waits[reader]? -= 1
                if waits[reader] == 0 { ready.append(reader) }
            }
        }
        return waits.keys.sorted()
    }

    /// The nearest steps before one that are of some kind: behind those that are, nothing is looked for.
    package func nearest(to step: String, where isFound: (String) -> Bool) -> Set<String> {
        var (found, seen): (Set<String>, Set<String>) = ([], [step])
        var rest = Array(self[step])
        while let name = rest.popLast() {
            guard seen.insert(name).inserted else { continue }
            if isFound(name) { found.insert(name) } else { rest += self[name] }
        }
        return found
    }
}
