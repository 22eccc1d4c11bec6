#include "include/martlet_hnsw.h"

#include <math.h>

#include <algorithm>
#include <limits>
#include <new>

#include "graph.h"

struct martlet_hnsw {
    explicit martlet_hnsw(const martlet_hnsw_shape &shape)
        : shape(shape), space(shape), graph(&space, shape), positions(shape.count, UINT32_MAX) {}

    const martlet_hnsw_shape shape;
    martlet::Space space;
    martlet::Graph graph;
    /// Where the vector of a label is.
    std::vector<uint32_t> positions;
};

namespace {

/// Runs a body that may throw.
template <typename Body> int guarded(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return MARTLET_HNSW_MEMORY;
    } catch (const std::exception &error) {
        // So hnswlib says that it got no memory.
        return strncmp(error.what(), "Not enough memory", 17) == 0 ? MARTLET_HNSW_MEMORY : MARTLET_HNSW_FAILED;
    } catch (...) {
        return MARTLET_HNSW_FAILED;
    }
}

bool isValid(const martlet_hnsw_shape &shape) {
    return martlet::distance(shape.metric) != nullptr && shape.dimension >= 1 && shape.dimension <= MARTLET_HNSW_DIMENSION_MAX
        && shape.links >= MARTLET_HNSW_LINKS_MIN && shape.links <= MARTLET_HNSW_LINKS_MAX && shape.ef_construction >= 1
        && shape.ef_construction <= MARTLET_HNSW_EF_CONSTRUCTION_MAX && shape.count >= 1 && shape.count <= MARTLET_HNSW_COUNT_MAX;
}

/// Whether no distance to it can be anything but a number: by Cauchy and Schwarz no sum of products goes beyond the largest float.
bool isMeasurable(const float *vector, size_t dimension) {
    double squares = 0;
    for (size_t position = 0; position < dimension; ++position) squares += double(vector[position]) * vector[position];
    return squares <= double(std::numeric_limits<float>::max()) / 16;
}

bool isComplete(const martlet_hnsw &graph) { return graph.graph.cur_element_count == graph.shape.count; }

bool isNearer(const martlet_hnsw_hit &left, const martlet_hnsw_hit &right) {
    return left.distance != right.distance ? left.distance < right.distance : left.label < right.label;
}

/// Hands over the first of some hits.
int give(std::vector<martlet_hnsw_hit> found, size_t wanted, martlet_hnsw_hit *hits, size_t *count) {
    std::sort(found.begin(), found.end(), isNearer);
    *count = std::min(wanted, found.size());
    std::copy_n(found.begin(), *count, hits);
    return MARTLET_HNSW_DONE;
}

}

int martlet_hnsw_make(const martlet_hnsw_shape *shape, martlet_hnsw **graph) {
    if (shape == nullptr || graph == nullptr || !isValid(*shape)) return MARTLET_HNSW_INVALID;
    return guarded([&] {
        *graph = new martlet_hnsw(*shape);
        return MARTLET_HNSW_DONE;
    });
}

int martlet_hnsw_add(martlet_hnsw *graph, uint32_t label, const float *vector) {
    if (label >= graph->shape.count || graph->positions[label] != UINT32_MAX) return MARTLET_HNSW_INVALID;
    if (!isMeasurable(vector, graph->shape.dimension)) return MARTLET_HNSW_INVALID;
    return guarded([&] {
        graph->positions[label] = graph->graph.addPoint(vector, label, -1);
        return MARTLET_HNSW_DONE;
    });
}

int martlet_hnsw_search(const martlet_hnsw *graph, const float *query, size_t wanted, size_t ef, martlet_hnsw_hit *hits, size_t *found) {
    if (graph->graph.cur_element_count < 1 || !isMeasurable(query, graph->shape.dimension) || wanted < 1) return MARTLET_HNSW_INVALID;
    return guarded([&] { return give(graph->graph.search(query, std::max(ef, wanted)), wanted, hits, found); });
}

int martlet_hnsw_scan(const martlet_hnsw *graph, const float *query, size_t wanted, martlet_hnsw_hit *hits, size_t *found) {
    if (graph->graph.cur_element_count < 1 || !isMeasurable(query, graph->shape.dimension) || wanted < 1) return MARTLET_HNSW_INVALID;
    return guarded([&] { return give(graph->graph.scan(query, wanted), wanted, hits, found); });
}

int martlet_hnsw_vector(const martlet_hnsw *graph, uint32_t label, float *vector) {
    if (label >= graph->shape.count || graph->positions[label] == UINT32_MAX) return MARTLET_HNSW_INVALID;
    memcpy(vector, graph->graph.getDataByInternalId(graph->positions[label]), graph->shape.dimension * sizeof(float));
    return MARTLET_HNSW_DONE;
}

size_t martlet_hnsw_size(const martlet_hnsw *graph) { return graph->graph.size(); }

int martlet_hnsw_write(const martlet_hnsw *graph, uint8_t *bytes, size_t size) {
    if (!isComplete(*graph) || size != graph->graph.size()) return MARTLET_HNSW_INVALID;
    graph->graph.write(bytes);
    return MARTLET_HNSW_DONE;
}

int martlet_hnsw_read(const martlet_hnsw_shape *shape, const uint8_t *vectors, const uint8_t *bytes, size_t size, martlet_hnsw **graph) {
    martlet_hnsw *made = nullptr;
    const int status = martlet_hnsw_make(shape, &made);
    if (status != MARTLET_HNSW_DONE) return status;
    const int read = guarded([&] {
        std::vector<float> vector(shape->dimension);
        for (uint64_t label = 0; label < shape->count; ++label) {
            memcpy(vector.data(), vectors + label * shape->dimension * sizeof(float), shape->dimension * sizeof(float));
            if (!isMeasurable(vector.data(), shape->dimension)) return int(MARTLET_HNSW_DAMAGED);
        }
        return made->graph.read(vectors, bytes, size, made->positions) ? int(MARTLET_HNSW_DONE) : int(MARTLET_HNSW_DAMAGED);
    });
    if (read == MARTLET_HNSW_DONE) *graph = made;
    else delete made;
    return read;
}

void martlet_hnsw_free(martlet_hnsw *graph) { delete graph; }
