import MartletCore
import MartletEngines
import MartletPipeline

extension StepReader {
    /// Reads what `index` says.
    func index(_ node: SpecificationNode) -> IndexSpecification? {
        guard let object = node.object(required: ["id", "vector"], optional: ["metric", "m", "ef_construction", "seed"]),
            let id = object["id"]?.string, let vector = object["vector"].flatMap(vectorColumns)
        else { return nil }
        var index = IndexSpecification(id: id, vector: vector)
        if let metric = object["metric"]?.choice(VectorMetric.allCases.map(\.rawValue)).flatMap(VectorMetric.init) { index.metric = metric }
        if let links = object["m"]?.int(in: HNSWGraph.linksRange) { index.links = links }
        if let count = object["ef_construction"]?.int(in: 1...HNSWGraph.efConstructionMax) { index.efConstruction = count }
        index.seed = object["seed"]?.int(in: 0...Int.max).map { UInt64($0) }
        return index
    }

    private func vectorColumns(_ node: SpecificationNode) -> VectorColumns? {
        guard node.isList else { return node.string.map { .list($0) } }
        guard let names = node.strings, (1...HNSWGraph.dimensionMax).contains(names.count) else {
            return node.expected("1 to \(HNSWGraph.dimensionMax.grouped) columns of numbers, or the name of one column of lists")
        }
        return .numbers(names)
    }
}
