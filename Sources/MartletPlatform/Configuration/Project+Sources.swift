import MartletFeatures
package import MartletPipeline

extension Project {
    /// Which of its steps read from which. Unlike `ProjectPipeline.graph()` it looks at no file, so that it tells of any project at once.
    package var stepSources: StepSources {
        var sources: [String: Set<String>] = [:]
        for (name, dataset) in datasets {
            sources[ProjectPipeline.stepName("dataset", name)] = Set([dataset.step?.step].compactMap(\.self))
        }
        for (name, view) in features {
            sources[ProjectPipeline.stepName("features", name)] = [ProjectPipeline.stepName("dataset", view.source)]
        }
        for (name, model) in models {
            let rows = ProjectPipeline.stepName("features", model.features)
            sources[ProjectPipeline.stepName("train", name)] = [rows]
            if model.study != nil {
                let (trial, study) = (ProjectPipeline.stepName("trial", name), ProjectPipeline.stepName("study", name))
                sources[trial] = [rows]
                sources[study] = [rows, trial]
                sources[ProjectPipeline.stepName("train", name)] = [rows, study]
            }
            sources[ProjectPipeline.stepName("gate", name)] = [rows, ProjectPipeline.stepName("train", name)]
        }
        for (name, endpoint) in endpoints { sources[ProjectPipeline.stepName("release", name)] = sourcesOfRelease(endpoint) }
        for (name, step) in steps { sources[name] = step.sources.union(sourcesOfEvaluation(step)) }
        return StepSources(sources)
    }

    /// Refuses steps that read from one another. - Throws: `invalidInput`.
    package func checkCircles() throws {
        let circle = stepSources.circle
        guard circle.isEmpty else { throw StepGraph.circle(circle) }
    }

    private func sourcesOfEvaluation(_ step: StepSpecification) -> Set<String> {
        guard case .evaluate(let name, _) = step.work, let model = models[name] else { return [] }
        return [ProjectPipeline.stepName("train", name), ProjectPipeline.stepName("features", model.features)]
    }

    private func sourcesOfRelease(_ endpoint: EndpointSpecification) -> Set<String> {
        guard let model = models[endpoint.model], let view = features[model.features] else { return [] }
        return [
            ProjectPipeline.stepName("train", endpoint.model), ProjectPipeline.stepName("gate", endpoint.model),
            ProjectPipeline.stepName("features", model.features), ProjectPipeline.stepName("dataset", view.source),
        ]
    }
}

extension StepSpecification {
    /// The steps that it reads from, for whatever.
    fileprivate var sources: Set<String> {
        var sources: Set<String> = []
        if let condition { sources.insert(condition.step) }
        for key in each { if case .output(let output) = key.values { sources.insert(output.step) } }
        switch work {
        case .shell, .words: sources.formUnion(needs.values.map(\.step))
        case .deploy(let endpoint): sources.insert(ProjectPipeline.stepName("release", endpoint))
        case .score(let endpoint): sources.formUnion(table + [ProjectPipeline.stepName("release", endpoint)])
        case .index, .evaluate: sources.formUnion(table)
        case .monitor: break
        }
        return sources
    }

    /// Where its table `rows` comes from, where that is an output.
    private var table: [String] { inputs["rows"] == nil ? [needs["rows"]?.step].compactMap(\.self) : [] }
}
