//! mentalspace-desktop
