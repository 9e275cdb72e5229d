// The large-text switch. Loaded before the first paint, so that the page never jumps.
(function () {
  var KEY = "haowangmin.size";
  var root = document.documentElement;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch (error) {
      return null; // some browsers forbid it; the switch then lasts as long as the page
    }
  }

  function apply(size) {
    root.dataset.size = size;
    var button = document.getElementById("size");
    if (button) button.setAttribute("aria-pressed", String(size === "large"));
  }

  function toggle() {
    keep(root.dataset.size === "large" ? "normal" : "large");
  }

  function keep(size) {
    apply(size);
    try {
      localStorage.setItem(KEY, size);
    } catch (error) {
      // see stored()
    }
  }

  apply(stored() === "large" ? "large" : "normal");
  document.addEventListener("DOMContentLoaded", function () {
    apply(root.dataset.size);
    document.getElementById("size").addEventListener("click", toggle);
    // The chat asks for it by a typed word.
    document.addEventListener("size", function (event) {
      keep(event.detail === "large" ? "large" : "normal");
    });
  });
})();
