import MartletCore
package import MartletPipeline

/// How the files and steps of a project hang together: what each comes from, and what depends on it.
package struct LineageMap: Sendable {
    /// What somebody asks about.
    package enum Subject: Sendable, Equatable {
        case step(String)
        /// An output of a step, with the name that people know it by.
        case output(OutputName, name: String)
        /// A file of the project that steps read.
        case file(String)
    }

    private let graph: StepGraph
    private let names: LineageNames
    /// The files that steps read, and by whom under which input.
    private let readersOfFiles: [String: [(step: String, input: String)]]

    package init(_ project: Project, _ graph: StepGraph) {
        self.graph = graph
        names = LineageNames(project)
        var readers: [String: [(String, String)]] = [:]
        for step in graph.steps {
            for (input, source) in step.inputs.sorted(by: { $0.key < $1.key }) {
                if source.isOutside { readers[names.file(input, of: step), default: []].append((step.name, input)) }
            }
        }
        readersOfFiles = readers
    }

    /// Finds what a name means: a step, an output, a dataset, or a file. - Throws: `notFound`, with the nearest name.
    package func subject(_ text: String) throws -> Subject {
        if let found = find(text) { return found }
        let known =
            Array(readersOfFiles.keys) + graph.steps.flatMap { [$0.name, names.dataset(of: $0.name)].compactMap(\.self) }
            + outputs.map(\.description)
        let hint = nearest(to: text, among: known).map { "did you mean '\($0)'?" } ?? "'martlet lineage' shows all steps"
        throw MartletError(.notFound, "there is no step, dataset, output or file '\(text)'; \(hint)")
    }

    /// The same, `nil` where there is none.
    package func find(_ text: String) -> Subject? {
        if let step = graph.steps.first(where: { names.dataset(of: $0.name) == text }) {
            return .output(OutputName(step: step.name, output: "snapshot"), name: text)
        }
        if graph[text] != nil { return .step(text) }
        if let output = outputs.first(where: { names.output($0.output, of: $0.step) == text || $0.description == text }) {
            return .output(output, name: text)
        }
        if let step = graph.steps.first(where: { names.view(of: $0.name) == text }) { return .step(step.name) }
        return readersOfFiles[text] == nil ? nil : .file(text)
    }

    /// The outputs that are declared or read.
    private var outputs: Set<OutputName> {
        Set(
            graph.steps.flatMap { step -> [OutputName] in
                guard case .command(let work) = step.work else { return reads(of: step).map(\.output) }
                return work.outputs.keys.map { OutputName(step: step.name, output: $0) } + reads(of: step).map(\.output)
            })
    }

    // MARK: Trees

    /// What a subject comes from, the nearest first.
    package func sources(of subject: Subject) -> [LineageTree] {
        var seen: Set<String> = []
        switch subject {
        case .file: return []
        case .step(let name): return sources(ofStep: name, &seen)
        case .output(let output, _): return [LineageTree(output.step, children: sources(ofStep: output.step, &seen))]
        }
    }

    /// What depends on a subject, the nearest first.
    package func dependents(of subject: Subject) -> [LineageTree] {
        var seen: Set<String> = []
        switch subject {
        case .step(let name): return readers(ofStep: name, only: nil, &seen)
        case .output(let output, _): return readers(ofStep: output.step, only: output.output, &seen)
        case .file(let path):
            let readers = Dictionary(grouping: readersOfFiles[path] ?? [], by: \.step).sorted { position($0.key) < position($1.key) }
            return readers.map { step, inputs in reader(step, inputs.map { "as \($0.input)" }, &seen) }
        }
    }

    /// The steps that nobody reads, each with all that it comes from.
    package var whole: [LineageTree] {
        var seen: Set<String> = []
        let read = Set(graph.steps.flatMap(\.sources))
        return graph.steps.filter { !read.contains($0.name) }.map { LineageTree($0.name, children: sources(ofStep: $0.name, &seen)) }
    }

    private func sources(ofStep name: String, _ seen: inout Set<String>) -> [LineageTree] {
        guard let step = graph[name] else { return [] }
        var trees = step.inputs.sorted { $0.key < $1.key }.compactMap { input, source -> LineageTree? in
            source.isOutside ? LineageTree(names.file(input, of: step)) : nil
        }
        let read = Dictionary(grouping: reads(of: step), by: \.output.step).sorted { position($0.key) < position($1.key) }
        for (source, reads) in read {
            let note = reads.map(\.words).joined(separator: ", ")
            guard seen.insert(source).inserted else {
                trees.append(LineageTree(source, note: note, isAbove: true))
                continue
            }
            trees.append(LineageTree(source, note: note, children: sources(ofStep: source, &seen)))
        }
        return trees
    }

    private func readers(ofStep name: String, only output: String?, _ seen: inout Set<String>) -> [LineageTree] {
        graph.steps.compactMap { step in
            let reads = reads(of: step).filter { $0.output.step == name && (output == nil || $0.output.output == output) }
            return reads.isEmpty ? nil : reader(step.name, reads.map(\.words), &seen)
        }
    }

    private func reader(_ step: String, _ words: [String], _ seen: inout Set<String>) -> LineageTree {
        let note = words.joined(separator: ", ")
        guard seen.insert(step).inserted else { return LineageTree(step, note: note, isAbove: true) }
        return LineageTree(step, note: note, children: readers(ofStep: step, only: nil, &seen))
    }

    private func position(_ step: String) -> Int { graph.positions[step] ?? .max }

    /// What a step reads of other steps, and for what.
    private func reads(of step: Step) -> [(output: OutputName, words: String)] {
        var reads: [(OutputName, String)] = []
        for (_, input) in step.inputs.sorted(by: { $0.key < $1.key }) {
            if case .output(let source, let output) = input { reads.append((OutputName(step: source, output: output), output)) }
        }
        if let condition = step.condition { reads.append((condition, "when \(condition.output)")) }
        for fanOut in step.fanOuts {
            if case .output(let output) = fanOut.values { reads.append((output, "each \(fanOut.key) of \(output.output)")) }
        }
        return reads
    }
}
